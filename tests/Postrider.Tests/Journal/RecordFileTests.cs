using Postrider.Journal;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Journal;

public sealed class RecordFileTests : RecordKeeperConformanceTests
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "postrider-records-" + Guid.NewGuid().ToString("n"));
    private RecordFile? _file;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Open_WhileAnotherHasTheFile_TakesTheNext()
    {
        await Keeper.SaveAsync([Record(1, 1, "first")], [], Cancellation);
        using (var second = RecordFile.Open(_folder))
        {
            await second.SaveAsync([Record(1, 1, "second")], [], Cancellation);
            Assert.NotEqual(_file!.Path, second.Path);
        }

        Assert.Equal(["1 1 first"], await ReloadAsync());
    }

    [Fact]
    public async Task LoadAsync_ADamagedFile_IsToldFromAnEmptyOneAndWrittenAnew()
    {
        await Keeper.SaveAsync([Record(1, 1, "text")], [], Cancellation);
        var bytes = await File.ReadAllBytesAsync(_file!.Path, Cancellation);
        bytes[^12] ^= 1;
        await File.WriteAllBytesAsync(_file.Path, bytes, Cancellation);
        await CloseAsync();

        using (var damaged = RecordFile.Open(_folder))
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => damaged.LoadAsync(Cancellation));
            await damaged.SaveAsync([Record(1, 2, "new")], [], Cancellation);
        }

        Assert.Equal(["1 2 new"], await ReloadAsync());
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
    }

    private protected override Task<IRecordKeeper> OpenAsync() => Task.FromResult<IRecordKeeper>(_file = RecordFile.Open(_folder));

    private protected override Task CloseAsync()
    {
        _file!.Dispose();
        return Task.CompletedTask;
    }
}
