using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>The real file system, until a test makes one of its calls fail.</summary>
internal sealed class FaultyStorage : IStorage
{
    public const int NoSpace = 28;
    public const int InputOutput = 5;

    private readonly DiskStorage _real = DiskStorage.Instance;

    /// <summary>Asked before each write of a segment: the bytes to write before failing with the code; null: succeed.</summary>
    public Func<string, (int Written, int Code)?>? OnWrite { get; set; }

    /// <summary>Asked before each sync: the code to fail with; null: succeed.</summary>
    public Func<string, int?>? OnSync { get; set; }

    /// <summary>Asked before each file is made: the code to fail with; null: succeed.</summary>
    public Func<string, int?>? OnCreate { get; set; }

    public Func<DiskSpace>? Space { get; set; }

    public List<string> Syncs { get; } = [];

    public void Heal() => (OnWrite, OnSync, OnCreate) = (null, null, null);

    public IStorageFile Create(string path)
    {
        if (OnCreate?.Invoke(path) is { } code)
        {
            throw new IOException("injected", code);
        }

        return new FaultyFile(this, path, _real.Create(path));
    }

    public IStorageFile Open(string path) => new FaultyFile(this, path, _real.Open(path));

    public IStorageFile OpenRead(string path) => _real.OpenRead(path);

    public void Rename(string from, string to) => _real.Rename(from, to);

    public void Delete(string path) => _real.Delete(path);

    public void SyncDirectory(string path) => _real.SyncDirectory(path);

    public DiskSpace GetSpace(string path) => Space?.Invoke() ?? new DiskSpace(1L << 42, 1L << 41);

    private sealed class FaultyFile(FaultyStorage storage, string path, IStorageFile real) : IStorageFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset) => real.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (storage.OnWrite?.Invoke(path) is { } fault)
            {
                real.Write(bytes[..Math.Min(fault.Written, bytes.Length)], offset);
                throw new IOException("injected", fault.Code);
            }

            real.Write(bytes, offset);
        }

        public void Sync()
        {
            lock (storage.Syncs)
            {
                storage.Syncs.Add(path);
            }

            if (storage.OnSync?.Invoke(path) is { } code)
            {
                throw new IOException("injected", code);
            }

            real.Sync();
        }

        public void Truncate(long length) => real.Truncate(length);

        public void Dispose() => real.Dispose();
    }
}
