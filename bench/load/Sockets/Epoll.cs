using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Postrider.Load.Sockets;

/// <summary>Waits for many sockets at once. Owned by one thread.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int MaxEvents = 256;

    // struct epoll_event is packed on x86-64 and nowhere else.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);
    private readonly int _fd;

    public Epoll()
    {
        _fd = Libc.EpollCreate(0);
        if (_fd < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "epoll_create1 failed");
        }
    }

    /// <summary>Watches for readable data; the token comes back from <see cref="Token"/>.</summary>
    public void Watch(int fd, int token, bool edgeTriggered = false)
    {
        var entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, Libc.EpollIn | (edgeTriggered ? Libc.EpollEdge : 0));
        Unsafe.WriteUnaligned(entry + DataOffset, (long)token);
        if (Libc.EpollControl(_fd, Libc.EpollAdd, fd, entry) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "epoll_ctl failed");
        }
    }

    /// <summary>Watches for room to write too, or no longer.</summary>
    public void Change(int fd, int token, bool alsoWritable)
    {
        var entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, Libc.EpollIn | (alsoWritable ? Libc.EpollOut : 0));
        Unsafe.WriteUnaligned(entry + DataOffset, (long)token);
        if (Libc.EpollControl(_fd, Libc.EpollModify, fd, entry) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "epoll_ctl failed");
        }
    }

    public void Forget(int fd)
    {
        var entry = stackalloc byte[16];
        _ = Libc.EpollControl(_fd, Libc.EpollDelete, fd, entry);
    }

    /// <summary>The number of sockets with something to read; 0 after the timeout.</summary>
    public int Wait(int timeoutMilliseconds)
    {
        fixed (byte* events = _events)
        {
            return Math.Max(0, Libc.EpollWait(_fd, events, MaxEvents, timeoutMilliseconds));
        }
    }

    public int Token(int index) => (int)Unsafe.ReadUnaligned<long>(ref _events[(index * EventSize) + DataOffset]);

    public void Dispose() => _ = Libc.Close(_fd);
}
