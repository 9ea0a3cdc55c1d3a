using System.Collections.Concurrent;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>
/// What the machine itself costs while a test runs: how late a thread wakes, and how long a small write takes that is synced. Promises of time hold of
/// a machine that runs; what neighbours take of it is measured here, and added to them.
/// </summary>
internal sealed class MachineWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(500);

    private readonly ManualResetEventSlim _end = new();
    private readonly ConcurrentQueue<Beat> _beats = new();
    private readonly Thread _thread;

    public MachineWatch()
    {
        // Not one of the pool's: the test's own work keeps those.
        _thread = new Thread(Watch) { IsBackground = true, Name = "machine watch" };
        _thread.Start();
    }

    /// <summary>When nothing ran, or nothing was synced, for so long that processes may have missed what they must do in time.</summary>
    public IEnumerable<(long From, long To)> Stalls => _beats.Where(beat => beat.Late >= Stall).Select(beat => (beat.From, beat.To));

    /// <summary>The sum of all delays since a time.</summary>
    public TimeSpan LostSince(long since) => TimeSpan.FromTicks(_beats.Where(beat => beat.To >= since).Sum(beat => beat.Late.Ticks));

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Watch()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write);
            while (true)
            {
                var from = TimeProvider.System.GetTimestamp();
                if (_end.Wait(Period))
                {
                    return;
                }

                RandomAccess.Write(handle, [1], 0);
                RandomAccess.FlushToDisk(handle);
                var to = TimeProvider.System.GetTimestamp();
                _beats.Enqueue(new Beat(from, to, TimeProvider.System.GetElapsedTime(from, to) - Period));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private readonly record struct Beat(long From, long To, TimeSpan Late);
}
