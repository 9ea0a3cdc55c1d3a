namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>How long a start may take: two seconds are promised, of a machine that has nothing else to do.</summary>
internal static class ReadyLimit
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    // `--version` loads the runtime and prints a line: a start with a log and listeners costs some ten of it, also where neighbours slow both.
    private const int Yardsticks = 20;

    /// <summary>The limit as the machine is now.</summary>
    public static async Task<TimeSpan> MeasureAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        var result = await PostriderProcess.RunAsync("--version");
        var yardstick = TimeProvider.System.GetElapsedTime(began) * Yardsticks;

        Assert.Equal(0, result.ExitCode);
        return yardstick > Promised ? yardstick : Promised;
    }
}
