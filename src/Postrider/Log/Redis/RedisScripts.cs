using System.Security.Cryptography;
using System.Text;

namespace Postrider.Log.Redis;

/// <summary>The log's scripts: files of this assembly. The client sends them by hash, and whole where a server does not know them.</summary>
internal static class RedisScripts
{
    private static readonly string Generation = Load("generation");
    private static readonly string Prelude = Generation + Load("prelude");

    /// <summary>Runs on the log's own meta, which has no generation.</summary>
    public static string Log { get; } = Load("log");

    /// <summary>These two run on the audit log, which has no generation either.</summary>
    public static string AuditAdd { get; } = Load("audit-add");

    public static string AuditRead { get; } = Load("audit-read");

    public static string Open { get; } = Prelude + Load("open");

    public static string Append { get; } = Generation + Load("repeats") + Load("append");

    /// <summary>By which a server that knows it is told to run it.</summary>
    public static string AppendHash { get; } = Hash(Append);

    public static string Purge { get; } = Prelude + Load("repeats") + Load("purge");

    public static string Trim { get; } = Prelude + Load("trim");

    /// <summary>Runs on the metas of several partitions; what it finds of another generation it leaves alone.</summary>
    public static string Look { get; } = Load("look");

    /// <summary>Runs on the keys that belong to no partition, as the next two.</summary>
    public static string Beat { get; } = Load("beat");

    public static string Control { get; } = Load("control");

    public static string Answer { get; } = Load("answer");

#pragma warning disable CA5350 // It is what Redis calls a script by.
    private static string Hash(string script) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(script)));
#pragma warning restore CA5350

    private static string Load(string name)
    {
        using var stream = typeof(RedisScripts).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd() + "\n";
    }
}
