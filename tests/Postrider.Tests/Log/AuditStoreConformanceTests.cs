using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>What every log's audit log promises. The last of the suite: each log inherits this.</summary>
public abstract class AuditStoreConformanceTests : ReplayStoreConformanceTests
{
    [Fact]
    public async Task ReadAsync_Entries_ComeBackWholeNewestFirstOverAReopen()
    {
        AuditRecord[] records =
        [
            new(Now, "ada@example.com", "203.0.113.7", "pause", "crm", "paused"),
            new(Now, "signal", null, "reload", null, "in force"),
            new(Now, "Jürgen \"J\" \\ [1,2]", "2001:db8::1", "replay", "crm", "key=müller\n;-- \u0001"),
            new(Now.AddMilliseconds(1), "token", "127.0.0.1", "skip", "crm", ""),
        ];
        foreach (var record in records)
        {
            await Log.Audit.AddAsync(record, Cancellation);
        }

        Assert.Equal(records.Reverse(), await Log.Audit.ReadAsync(10, Cancellation));
        await ReopenLogAsync();

        Assert.Equal(records.Reverse(), await Log.Audit.ReadAsync(10, Cancellation));
        Assert.Equal(records.Reverse().Take(2), await Log.Audit.ReadAsync(2, Cancellation));
        await Log.Audit.AddAsync(records[0] with { At = Now.AddSeconds(1) }, Cancellation);
        Assert.Equal(records[0] with { At = Now.AddSeconds(1) }, (await Log.Audit.ReadAsync(1, Cancellation))[0]);
    }

    [Fact]
    public async Task AddAsync_EntriesOlderThanTheirTime_Go()
    {
        await Log.Audit.AddAsync(Entry(Now, "old"), Cancellation);
        await Log.Audit.AddAsync(Entry(Now.AddMilliseconds(1), "older than it may be by nothing"), Cancellation);

        await Log.Audit.AddAsync(Entry(Now.AddMilliseconds(1) + IAuditStore.KeptFor, "new"), Cancellation);

        Assert.Equal(["new", "older than it may be by nothing"], (await Log.Audit.ReadAsync(10, Cancellation)).Select(record => record.Details));
    }

    [Fact]
    public async Task AddAsync_MoreThanAreKept_TheOldestGo()
    {
        // The embedded log syncs each: together they share the syncs.
        await Task.WhenAll(Enumerable.Range(0, IAuditStore.Kept + 3).Select(i => Log.Audit.AddAsync(Entry(Now.AddMilliseconds(i), $"{i}"), Cancellation)));

        var all = await Log.Audit.ReadAsync(IAuditStore.Kept + 100, Cancellation);

        Assert.Equal(IAuditStore.Kept, all.Count);
        Assert.Equal(all.OrderByDescending(record => record.At), all);
        Assert.Equal(Now.AddMilliseconds(3), all[^1].At);
    }

    [Fact]
    public async Task AddAsync_BySeveralAtOnce_KeepsAll()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Log.Audit.AddAsync(Entry(Now, $"{i}"), Cancellation)));

        Assert.Equal(50, (await Log.Audit.ReadAsync(100, Cancellation)).DistinctBy(record => record.Details).Count());
    }

    private static AuditRecord Entry(DateTimeOffset at, string details) => new(at, "token", "127.0.0.1", "pause", "crm", details);
}
