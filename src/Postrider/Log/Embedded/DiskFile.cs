using Microsoft.Win32.SafeHandles;

namespace Postrider.Log.Embedded;

internal sealed class DiskFile(SafeFileHandle handle) : IStorageFile
{
    private static readonly byte[] Zeros = new byte[256 << 10];

    public long Length => RandomAccess.GetLength(handle);

    public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

    public int Read(Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public void Sync()
    {
        if (OperatingSystem.IsLinux())
        {
            Posix.SyncData(handle);
            return;
        }

        // On macOS .NET asks for F_FULLFSYNC, on Windows for FlushFileBuffers: both reach the platter.
        RandomAccess.FlushToDisk(handle);
    }

    public void Truncate(long length) => RandomAccess.SetLength(handle, length);

    public void Reserve(long length)
    {
        if (OperatingSystem.IsLinux())
        {
            Posix.TryAllocate(handle, length);
        }
    }

    public void WriteZeros(long from, long to)
    {
        for (; from < to; from += Zeros.Length)
        {
            RandomAccess.Write(handle, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, to - from)), from);
        }
    }

    public void Dispose() => handle.Dispose();
}
