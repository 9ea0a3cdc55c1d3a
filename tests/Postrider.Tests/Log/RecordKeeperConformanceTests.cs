using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>What every keeper of records promises.</summary>
public abstract class RecordKeeperConformanceTests : IAsyncLifetime
{
    private IRecordKeeper? _keeper;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected IRecordKeeper Keeper => _keeper!;

    public async ValueTask InitializeAsync() => _keeper = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task LoadAsync_NothingKept_IsEmpty() => Assert.Empty(await Keeper.LoadAsync(Cancellation));

    [Fact]
    public async Task SaveAsync_Records_AreThereAfterReopeningByKindAndNumber()
    {
        await Keeper.SaveAsync([Record(2, 1, "c"), Record(1, long.MaxValue, "b"), Record(1, 7, "a"), Record(3, 0, "")], [], Cancellation);

        Assert.Equal(["1 7 a", $"1 {long.MaxValue} b", "2 1 c", "3 0 "], await ReloadAsync());
    }

    [Fact]
    public async Task SaveAsync_OverOthers_ReplacesAndRemoves()
    {
        await Keeper.SaveAsync([Record(1, 1, "a"), Record(1, 2, "b"), Record(2, 1, "c")], [], Cancellation);
        await Keeper.SaveAsync([Record(1, 2, "new"), Record(1, 3, "d")], [new RecordKey(1, 1), new RecordKey(9, 9)], Cancellation);

        Assert.Equal(["1 2 new", "1 3 d", "2 1 c"], await ReloadAsync());
    }

    [Fact]
    public async Task SaveAsync_OfAKeyBothRemovedAndWritten_KeepsWhatWasWritten()
    {
        await Keeper.SaveAsync([Record(1, 1, "a")], [], Cancellation);
        await Keeper.SaveAsync([Record(1, 1, "b")], [new RecordKey(1, 1)], Cancellation);

        Assert.Equal(["1 1 b"], await ReloadAsync());
    }

    [Fact]
    public async Task SaveAsync_AMebibyteInMany_ComesBack()
    {
        await Keeper.SaveAsync([.. Enumerable.Range(0, 64).Select(i => new KeptRecord(new RecordKey(1, i), new byte[16 << 10]))], [], Cancellation);
        await ReloadAsync();

        Assert.Equal(64, (await Keeper.LoadAsync(Cancellation)).Count(record => record.Bytes.Length == 16 << 10));
    }

    private protected abstract Task<IRecordKeeper> OpenAsync();

    private protected abstract Task CloseAsync();

    private protected static KeptRecord Record(int kind, long number, string text) => new(new RecordKey(kind, number), System.Text.Encoding.UTF8.GetBytes(text));

    private protected async Task<IEnumerable<string>> ReloadAsync()
    {
        await CloseAsync();
        _keeper = await OpenAsync();
        return (await _keeper.LoadAsync(Cancellation)).Select(record => $"{record.Key.Kind} {record.Key.Number} {System.Text.Encoding.UTF8.GetString(record.Bytes)}");
    }
}
