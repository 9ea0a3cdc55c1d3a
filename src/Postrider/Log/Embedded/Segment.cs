namespace Postrider.Log.Embedded;

/// <summary>One segment file. Sealed segments open their file when someone reads and close it when nobody has for a while.</summary>
internal sealed class Segment(IStorage storage, string path, SegmentHeader header, SegmentIndex index) : IReadable, IDisposable
{
    private readonly Lock _lock = new();
    private IStorageFile? _file;
    private bool _keepOpen;
    private bool _disposed;
    private bool _usedLately;
    private long _length = SegmentHeader.Length;
    private long _end = header.FirstPosition;

    public string Path { get; } = path;

    public string IndexPath => LogFolder.IndexOf(Path);

    public long First => header.FirstPosition;

    public DateTimeOffset Created => header.Created;

    public SegmentIndex Index { get; } = index;

    /// <summary>The position behind its last durable record.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>The offset behind its last durable record.</summary>
    public long Length => Volatile.Read(ref _length);

    public bool IsEmpty => End == First;

    /// <summary>Bytes up to here are durable and may be read.</summary>
    public void Extend(long end, long length)
    {
        Volatile.Write(ref _length, length);
        Volatile.Write(ref _end, end);
    }

    /// <summary>Gives the active segment its writer's file, which stays open until <see cref="Release"/>.</summary>
    public void Attach(IStorageFile file)
    {
        lock (_lock)
        {
            _file = file;
            _keepOpen = true;
        }
    }

    /// <summary>Sealed: from now on the file is opened for reading, on demand.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _keepOpen = false;
            _file?.Dispose();
            _file = null;
        }
    }

    public void CloseIfIdle()
    {
        lock (_lock)
        {
            if (!_keepOpen && !_usedLately)
            {
                _file?.Dispose();
                _file = null;
            }

            _usedLately = false;
        }
    }

    /// <summary>Reads from the file.</summary>
    /// <exception cref="ObjectDisposedException">The segment has been truncated away.</exception>
    public int Read(Span<byte> buffer, long offset)
    {
        while (true)
        {
            try
            {
                return GetFile().Read(buffer, offset);
            }
            catch (ObjectDisposedException) when (!_disposed)
            {
                // Closed as idle, or sealed, between the two calls: open it again.
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _file?.Dispose();
            _file = null;
        }
    }

    private IStorageFile GetFile()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _usedLately = true;
            return _file ??= storage.OpenRead(Path);
        }
    }
}
