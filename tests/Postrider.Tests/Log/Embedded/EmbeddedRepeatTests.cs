using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>What de-duplication survives: crashes at any moment, failed writes, truncation.</summary>
public sealed class EmbeddedRepeatTests : IDisposable
{
    private static readonly string Padding = $"\"{new string('x', 1000)}\"";

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_AfterCrashesUnderLoad_EveryAnsweredEventIsStillRecognised()
    {
        var answered = new Dictionary<string, string>();
        for (var round = 0; round < 4; round++)
        {
            using var crashed = new EmbeddedLogFolder();
            await using (var log = await _folder.OpenAsync())
            {
                for (var i = 0; i < 120; i++)
                {
                    var id = $"{round}-{i}";
                    var @event = TestEvents.Repeatable(id, Padding);
                    await log.AppendAsync(@event);
                    answered.Add(id, @event.Id);
                }

                await log.Partitions[0].State.RegisterAsync([], [], default, Cancellation);
                if (round % 2 == 1)
                {
                    await log.TruncateNowAsync(Cancellation);
                }

                // What a kill -9 leaves behind: all that is on the disk now, with nothing closed.
                CopyTo(crashed);
            }

            Directory.Delete(_folder.Path, recursive: true);
            Directory.Move(crashed.Path, _folder.Path);
        }

        await using var again = await _folder.OpenAsync();
        Assert.True(again.Partitions[0].FirstPosition > 1, "Nothing was truncated, so this proves less than it says.");
        foreach (var (id, first) in answered)
        {
            var repeat = TestEvents.Repeatable(id, Padding);
            await again.AppendAsync(repeat);
            Assert.Equal((Repeat.Same, first), (repeat.Repeat, repeat.Id));
        }
    }

    [Fact]
    public async Task OpenAsync_WholeLogTruncated_RemembersUntilTheWindowsAreOver()
    {
        string first;
        await using (var log = await _folder.OpenAsync())
        {
            var events = Enumerable.Range(0, 150).Select(i => TestEvents.Repeatable($"{i}", Padding)).ToList();
            await log.AppendAsync(events);
            await log.Partitions[0].State.RegisterAsync([], [], default, Cancellation);
            _folder.Time.Advance(TimeSpan.FromMinutes(2));
            await log.TruncateNowAsync(Cancellation);
            Assert.Equal(151, log.Partitions[0].FirstPosition);
            first = events[0].Id;
        }

        await using (var again = await _folder.OpenAsync())
        {
            var repeat = TestEvents.Repeatable("0", Padding);
            await again.AppendAsync(repeat);
            Assert.Equal((Repeat.Same, first), (repeat.Repeat, repeat.Id));
            Assert.Equal(150, again.GetUsage().Repeats!.Ids);
        }

        // The clock passes the windows' ends: the rows go, and so do the ids.
        _folder.Time.SetUtcNow(DateTimeOffset.UtcNow + TimeSpan.FromHours(3));
        await using var late = await _folder.OpenAsync();
        Assert.Equal(0, late.GetUsage().Repeats!.Ids);
        await late.Partitions[0].State.RegisterAsync([], [], default, Cancellation);
        await late.TruncateNowAsync(Cancellation);
        Assert.Equal(0L, await CountRowsAsync(late));
    }

    [Fact]
    public async Task AppendAsync_TwinOfAnEventWhoseWriteFails_FailsWithIt()
    {
        await using var log = await _folder.OpenAsync();
        using var writing = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _folder.Storage.OnWrite = _ =>
        {
            writing.Set();
            goOn.Wait(Cancellation);
            _folder.Storage.Heal();
            return (0, FaultyStorage.InputOutput);
        };
        var first = log.AppendAsync(TestEvents.Repeatable("m")).AsTask();
        writing.Wait(Cancellation);
        var twin = log.AppendAsync(TestEvents.Repeatable("m")).AsTask();
        goOn.Set();

        await Assert.ThrowsAsync<LogUnavailableException>(() => first);
        await Assert.ThrowsAsync<LogUnavailableException>(() => twin);

        var again = TestEvents.Repeatable("m");
        await log.AppendAsync(again);
        Assert.Equal(Repeat.None, again.Repeat);
    }

    [Fact]
    public async Task AppendAsync_TwinOfAnEventBeingWritten_WaitsForItAndIsAnswered()
    {
        await using var log = await _folder.OpenAsync();
        using var writing = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _folder.Storage.OnWrite = _ =>
        {
            writing.Set();
            goOn.Wait(Cancellation);
            return null;
        };
        var (one, two) = (TestEvents.Repeatable("m"), TestEvents.Repeatable("m"));
        var first = log.AppendAsync(one).AsTask();
        writing.Wait(Cancellation);
        var twin = log.AppendAsync(two).AsTask();

        Assert.False(twin.IsCompleted);
        goOn.Set();
        await first;
        await twin;

        Assert.Equal((one.Id, Repeat.Same), (two.Id, two.Repeat));
        Assert.Equal(2, log.Partitions[0].EndPosition);
    }

    [Fact]
    public async Task AppendAsync_MoreIdsThanMemoryAllows_TheOldestAreNewAgainAndTheUsageSaysSo()
    {
        await using var log = await _folder.OpenAsync(_folder.Options with { RepeatBytes = 10 * RepeatWindow.BytesPerEntry });
        await log.AppendAsync([.. Enumerable.Range(0, 12).Select(i => TestEvents.Repeatable($"{i}"))]);
        var (oldest, newest) = (TestEvents.Repeatable("0"), TestEvents.Repeatable("11"));

        await log.AppendAsync([newest, oldest]);

        Assert.Equal((Repeat.Same, Repeat.None), (newest.Repeat, oldest.Repeat));
        Assert.Equal(new RepeatUsage(10, 10, 3), log.GetUsage().Repeats);
    }

    private static Task<object?> CountRowsAsync(EmbeddedLog log) => log.Database.ReadAsync(
        connection =>
        {
            using var statement = new Statement(connection, "SELECT count(*) FROM repeats");
            return statement.Scalar();
        },
        Cancellation);

    private void CopyTo(EmbeddedLogFolder other)
    {
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            var target = Path.Combine(other.Path, Path.GetRelativePath(_folder.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
