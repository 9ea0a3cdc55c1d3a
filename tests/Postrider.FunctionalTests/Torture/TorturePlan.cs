using System.Globalization;

namespace Postrider.FunctionalTests.Torture;

/// <summary>How long and how hard. The environment makes it longer or repeats a run: <c>POSTRIDER_TORTURE_MINUTES</c> (also 0.7),
/// <c>POSTRIDER_TORTURE_KILLS</c>, <c>POSTRIDER_TORTURE_SEED</c>.</summary>
/// <param name="Publishing">How long clients publish, the restarts not counted.</param>
/// <param name="Kills">SIGKILLs while they do; one more follows while the rest is delivered.</param>
/// <param name="Seed">Of all that is random here.</param>
internal sealed record TorturePlan(TimeSpan Publishing, int Kills, int Seed)
{
    public const int Clients = 16;
    public const int UsersOfAClient = 16;

    // Events of a client in a second, so that a long run's history stays small: a short one is bounded by the machine.
    public const int LongRunPace = 100;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(12);

    public static int Users => Clients * UsersOfAClient;

    public bool IsLong => Publishing > TimeSpan.FromMinutes(2);

    public static TorturePlan FromEnvironment()
    {
        var publishing = Read("POSTRIDER_TORTURE_MINUTES") is { } minutes ? TimeSpan.FromMinutes(minutes) : Short;
        return new TorturePlan(
            publishing,
            (int)(Read("POSTRIDER_TORTURE_KILLS") ?? Math.Max(5, publishing.TotalSeconds / 6)),
            (int)(Read("POSTRIDER_TORTURE_SEED") ?? Random.Shared.Next()));
    }

    /// <summary>Skips a test whose faults the torture makes too, unless it is made longer: then there is time for each by itself.</summary>
    public static void SkipUnlessLonger() =>
        Assert.SkipWhen(Read("POSTRIDER_TORTURE_MINUTES") is null, "The torture makes these faults too; POSTRIDER_TORTURE_MINUTES runs this one by itself as well.");

    private static double? Read(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}
