using System.Globalization;
using System.Net;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Clients;

/// <summary>
/// The SDKs that people use, in the versions of <c>tests/clients/package-lock.json</c>, against the real server: every call of each, through a 503,
/// a restart of the server and a lost answer.
/// </summary>
[Collection(RealServers.Name)]
public sealed class SdkTests
{
    // Whether the log knows a repeat by its messageId: then an event whose answer was lost arrives once although it is sent twice.
    private const bool LogDeduplicates = true;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] ServerCalls = ["alias", "group", "identify", "page", "screen", "track", "track"];

    [Theory]
    [InlineData("segment-node.mjs")]
    [InlineData("rudder-node.mjs")]
    public async Task NodeSdk_EveryCall_ArrivesThroughFaults(string script)
    {
        ClientTools.Require(browser: false);
        await using var rig = await ClientRig.StartAsync(ServerCalls.Length);

        await using var node = PostriderProcess.Start(
            [Path.Combine(ClientTools.Folder, script), rig.Line.Address.AbsoluteUri.TrimEnd('/'), rig.Control.AbsoluteUri.TrimEnd('/')],
            environment: null,
            workingFolder: ClientTools.Folder,
            executable: ClientTools.Node);
        var exitCode = await node.WaitForExitAsync(Patience);
        await rig.Server.WaitUntilSettledAsync("hook");

        Assert.True(exitCode == 0, $"{script} ended with {exitCode}: {node.Output}\n{node.Error}{rig.Describe()}");
        AssertArrived(rig, ServerCalls);
        Assert.Contains(rig.Arrivals, one => one.Key == "a1");
    }

    [Theory]
    [InlineData("segment-browser.html", "alias,group,identify,page,screen,track")]
    [InlineData("segment-batching.html", "alias,group,identify,page,screen,track")]
    [InlineData("rudder-browser.html", "alias,group,identify,page,track")]
    public async Task BrowserSdk_EveryCall_ArrivesThroughFaults(string page, string calls)
    {
        ClientTools.Require(browser: true);
        var types = calls.Split(',');
        await using var rig = await ClientRig.StartAsync(types.Length);
        var profile = Directory.CreateTempSubdirectory("postrider-browser-");

        try
        {
            await using var browser = PostriderProcess.Start(
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0",
                    $"--user-data-dir={profile.FullName}", $"{rig.Control}{page}#{WebUtility.UrlEncode(rig.Line.Address.AbsoluteUri.TrimEnd('/'))}",
                ],
                environment: null,
                executable: ClientTools.Browser);
            try
            {
                await rig.Done.WaitAsync(Patience, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{page} has not sent everything.{rig.Describe()}\n--- browser\n{browser.Error}");
            }
        }
        finally
        {
            await Eventually.TrueAsync("the browser's folder can be removed", () => TryDelete(profile));
        }

        await rig.Server.WaitUntilSettledAsync("hook");
        AssertArrived(rig, types);
    }

    private static void AssertArrived(ClientRig rig, string[] calls)
    {
        var arrivals = rig.Arrivals;
        var events = arrivals.DistinctBy(one => one.MessageId).ToList();
        Assert.True(
            events.Select(one => one.Type).Order(StringComparer.Ordinal).SequenceEqual(calls.SelectMany(call => Enumerable.Repeat(call, ClientRig.Phases)).Order(StringComparer.Ordinal)),
            $"Not every call arrived once for each phase.{rig.Describe()}");
        Assert.True(!LogDeduplicates || events.Count == arrivals.Count, $"An event arrived twice.{rig.Describe()}");
        Assert.True(rig.Refused > 0, "No event met the stopped server.");

        // A repeat that was stored as an event of its own has a place of its own: order is that of the log, for each key.
        Assert.All(
            arrivals.DistinctBy(one => one.Id).GroupBy(one => one.Key),
            ofKey => Assert.Equal(ofKey.Select(one => one.Sequence).Order(), ofKey.Select(one => one.Sequence)));
        Assert.All(arrivals, AssertStamped);
    }

    private static void AssertStamped(ClientArrival arrival)
    {
        Assert.Equal("127.0.0.1", arrival.Text("request_ip"));
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", arrival.Text("rudderId"));
        var received = TimeOf(arrival, "receivedAt");
        Assert.InRange(TimeProvider.System.GetUtcNow() - received, TimeSpan.FromSeconds(-1), Patience * 2);

        // Everything runs on one clock: nothing is corrected, and every time is near.
        Assert.All((string[])["sentAt", "originalTimestamp", "timestamp"], name => Assert.InRange(received - TimeOf(arrival, name), TimeSpan.FromSeconds(-1), Patience));
        Assert.Equal(TimeOf(arrival, "originalTimestamp"), TimeOf(arrival, "timestamp"));
    }

    private static DateTimeOffset TimeOf(ClientArrival arrival, string name) =>
        DateTimeOffset.Parse(arrival.Text(name)!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static bool TryDelete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            // The browser's helpers are still ending.
            return false;
        }
    }
}
