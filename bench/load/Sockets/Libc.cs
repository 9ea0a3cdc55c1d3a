using System.Runtime.InteropServices;

namespace Postrider.Load.Sockets;

/// <summary>
/// The system calls under the generator and the sink. They share the machine with what they measure,
/// and the runtime's own socket engine costs about twice as much a request as these calls from one thread.
/// </summary>
internal static partial class Libc
{
    public const int EpollIn = 0x1;
    public const int EpollOut = 0x4;
    public const int EpollEdge = 1 << 31;
    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const int EpollModify = 3;
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;
    public const int Terminate = 15;
    public const int TryAgain = 11;
    public const int Interrupted = 4;

    private const int ClockMonotonic = 1;
    private const int AbsoluteTime = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    public static int TimerCreate() => TimerFdCreate(ClockMonotonic, NonBlocking | CloseOnExec);

    /// <summary>Arms the timer for a moment of the monotonic clock, in nanoseconds.</summary>
    public static unsafe void TimerSet(int fd, long at)
    {
        var spec = stackalloc long[4];
        spec[0] = 0;
        spec[1] = 0;
        spec[2] = at / 1_000_000_000;
        spec[3] = at % 1_000_000_000;
        _ = TimerFdSetTime(fd, AbsoluteTime, spec, null);
    }

    public static unsafe int Receive(int fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Recv(fd, start, buffer.Length, DontWait);
        }
    }

    public static unsafe int Send(int fd, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Send(fd, start, buffer.Length, DontWait | NoSignal);
        }
    }

    /// <summary>Accepts a waiting connection; negative when there is none.</summary>
    public static unsafe int Accept(int listener) => Accept4(listener, null, null, NonBlocking | CloseOnExec);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static unsafe partial int EpollControl(int epoll, int operation, int fd, byte* epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static unsafe partial int EpollWait(int epoll, byte* events, int maxEvents, int timeout);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int DataSync(int fd);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static unsafe partial int Accept4(int fd, void* address, void* length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Recv(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static unsafe partial int TimerFdSetTime(int fd, int flags, long* newValue, long* oldValue);
}
