using CsCheck;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>Searches that go through many letters do so in windows, beside the writer.</summary>
public sealed class DeadLetterRowsTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ReadAndCount_AnyWindow_FindWhatAModelFinds()
    {
        await using var log = await _folder.OpenAsync();
        var state = log.Partitions[0].State;
        await RegisterAsync(state, "a", "b");
        var letters = new List<StoredDeadLetter>();
        for (var i = 0; i < 50; i++)
        {
            var destination = i % 3 == 0 ? "b" : "a";
            await SaveAsync(state, destination, new StateChange.Bury(Letter(1 + (i * 7 % 50), i)));
            letters.Add(new StoredDeadLetter(i + 1, destination, Letter(1 + (i * 7 % 50), i)));
        }

        foreach (var gone in letters.Where(letter => letter.Number % 6 == 0).ToList())
        {
            StateChange change = gone.Number % 12 == 0 ? new StateChange.Exhume(gone.Letter.Position) : new StateChange.DeleteLetter(gone.Letter.Position);
            await SaveAsync(state, gone.Destination, change);
            letters.Remove(gone);
        }

        var queries = Gen.Select(Gen.Int[0, 2].Select(which => which switch { 0 => "a", 1 => "b", _ => null }), Gen.Int[0, 15], Gen.Long[0, 60], Gen.Bool, Gen.Int[1, 12], Gen.Int[1, 9]);

        await queries.SampleAsync(
            async (destination, filtered, from, byPosition, limit, window) =>
            {
                var rows = new DeadLetterRows(log.Database, window);
                var filter = new DeadLetterFilter
                {
                    Key = (filtered & 1) != 0 ? "k1" : null,
                    Type = (filtered & 2) != 0 ? "t1" : null,
                    Since = (filtered & 4) != 0 ? Now.AddMilliseconds(10) : null,
                    Class = (filtered & 8) != 0 ? "gave-up" : null,
                };
                long? id = destination is null ? null : destination == "a" ? 1 : 2;
                var found = letters.Where(letter => (destination ?? letter.Destination) == letter.Destination && Fits(filter, letter.Letter)).ToList();

                Assert.Equal(found.Count, await rows.CountAsync(id, filter, Cancellation));
                if (byPosition && destination is not null)
                {
                    var page = await rows.ReadAsync(id, new DeadLetterQuery(destination, filter, null, from, limit), Cancellation);
                    Assert.Equal(found.Where(letter => letter.Letter.Position >= from).OrderBy(letter => letter.Letter.Position).Take(limit).Select(letter => letter.Number), page.Select(letter => letter.Number));
                }
                else
                {
                    var page = await rows.ReadAsync(id, new DeadLetterQuery(destination, filter, from, null, limit), Cancellation);
                    Assert.Equal(found.Where(letter => letter.Number < from).OrderByDescending(letter => letter.Number).Take(limit).Select(letter => letter.Number), page.Select(letter => letter.Number));
                }
            },
            iter: 300, threads: 1);
    }

    [Fact]
    public async Task ReadAndCount_WhileTheWriterIsBusy_Answer()
    {
        await using var log = await _folder.OpenAsync();
        var state = log.Partitions[0].State;
        await RegisterAsync(state, "a");
        await SaveAsync(state, "a", new StateChange.Bury(Letter(1, 1)));
        using var goOn = new ManualResetEventSlim();
        var busy = log.Database.WriteAsync(
            connection =>
            {
                Statement.Execute(connection, "DELETE FROM dead_letter");
                goOn.Wait(Cancellation);
                return 0;
            },
            Cancellation);

        var count = await state.CountDeadLettersAsync("a", new DeadLetterFilter { Type = "t1" }, Cancellation);
        var read = await state.ReadDeadLettersAsync(new DeadLetterQuery("a", DeadLetterFilter.All, null, null, 10), Cancellation);

        Assert.False(busy.IsCompleted);
        goOn.Set();
        await busy;
        Assert.Equal((1L, 1), (count, read.Count));
    }

    private static bool Fits(DeadLetterFilter filter, DeadLetter letter) =>
        (filter.Key ?? letter.Key) == letter.Key && (filter.Type ?? letter.Type) == letter.Type && (filter.Class ?? letter.Class) == letter.Class
        && !(letter.At < filter.Since);

    private static DeadLetter Letter(long position, int number) => new(
        position, LaneId.OfPosition(position), $"k{number % 2}", $"t{number % 5 % 2}", number % 10 < 3 ? "gave-up" : "rejected",
        new AttemptError("status", 400, "no"), ReadOnlyMemory<byte>.Empty, null, null, 1, Now.AddMilliseconds(number));

    private static Task RegisterAsync(IStateStore state, params string[] names) => state.RegisterAsync(
        [.. names.Select(name => new DestinationRecord { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = Now })], names, Now, Cancellation);

    private static Task SaveAsync(IStateStore state, string destination, StateChange change) => state.SaveAsync(
        [new DestinationSave(destination) { Progress = Progress.StartingAt(1), Counters = default, Changes = [change] }], Cancellation);
}
