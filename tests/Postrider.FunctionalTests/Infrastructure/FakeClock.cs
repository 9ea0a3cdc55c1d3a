namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>Other times of day for single processes, by Debian's libfaketime. Clocks that nobody sets stay true: timers and leases run as they should.</summary>
internal static class FakeClock
{
    private static readonly string? Library = new[] { "x86_64-linux-gnu", "aarch64-linux-gnu" }
        .Select(machine => $"/usr/lib/{machine}/faketime/libfaketime.so.1").FirstOrDefault(File.Exists);

    /// <summary>Sets the clock of a server's next start.</summary>
    /// <param name="server">Whose.</param>
    /// <param name="hours">How many too late.</param>
    public static void Skew(PostriderServer server, int hours)
    {
        Assert.SkipWhen(Library is null, "libfaketime is not installed.");
        server.Environment["LD_PRELOAD"] = Library;
        server.Environment["FAKETIME"] = $"{(hours < 0 ? "" : "+")}{hours}h";
        server.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";

        // The library's own way around old versions of glibc makes the runtime's timed waits hang.
        server.Environment["FAKETIME_FORCE_MONOTONIC_FIX"] = "0";
    }
}
