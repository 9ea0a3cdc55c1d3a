namespace Postrider.Log.Redis;

/// <summary>The state store's scripts: each stands behind the prelude and the names of the keys.</summary>
internal static class StateScripts
{
    public static string Write { get; } = Load("state-write.lua");

    public static string Read { get; } = Load("state-read.lua");

    public static string Parked { get; } = Load("state-parked.lua");

    public static string Event { get; } = Load("state-event.lua");

    public static string Letters { get; } = Load("state-letters.lua");

    public static string Rejected { get; } = Load("state-rejected.lua");

    private static string Load(string name) => string.Join('\n', Text("generation.lua"), Text("prelude.lua"), Text("state-keys.lua"), Text(name));

    private static string Text(string name)
    {
        using var stream = typeof(StateScripts).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
