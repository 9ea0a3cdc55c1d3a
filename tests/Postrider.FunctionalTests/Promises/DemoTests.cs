using System.Text.RegularExpressions;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>The demo as a stranger runs it, but for the ports.</summary>
[Collection(RealServers.Name)]
public sealed partial class DemoTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Demo_EndedByItsTimeOrBySigint_StopsInOrderWithTheSameCountAtBothReceivers(bool interrupted)
    {
        await using var demo = PostriderProcess.Start(
            "demo", "--gateway-port", "0", "--admin-port", "0", "--receivers-port", "0", "--seconds", interrupted ? "600" : "5");
        var folder = (await demo.WaitForLineAsync("  folder  ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        if (interrupted)
        {
            await demo.WaitForLineAsync(line => Second().Match(line) is { Success: true } second && second.Groups[1].Value != "0", "a line of a second with events");
            demo.Interrupt();
        }

        var exitCode = await demo.WaitForExitAsync();

        var counts = End().Match(demo.Output);
        Assert.True(counts.Success && exitCode == 0, $"exit code {exitCode}\n{demo.Output}\n{demo.Error}");
        Assert.Equal(counts.Groups[1].Value, counts.Groups[2].Value);
        Assert.NotEqual("0", counts.Groups[1].Value);
        Assert.Equal("", demo.Error);
        Assert.False(Directory.Exists(folder), $"{folder} is still there");
    }

    [GeneratedRegex(@"^\d\d:\d\d:\d\d  accepted \d+  webhook1 (\d+)  webhook2 \d+  pending \d+$")]
    private static partial Regex Second();

    [GeneratedRegex("stopped in order: delivered (\\d+) to webhook 1, (\\d+) to webhook 2")]
    private static partial Regex End();
}
