using System.Diagnostics;
using System.Globalization;

namespace Postrider.Load.Measuring;

/// <summary>What the machine and chosen processes had spent at a moment.</summary>
/// <remarks>
/// Time of interrupts is left out of the machine's: on loopback much of it is ours, and the kernel does not say whose.
/// </remarks>
internal sealed record MachineSample(long At, TimeSpan Machine, TimeSpan Steal, TimeSpan Self, TimeSpan Measured)
{
    private const int TicksPerSecond = 100;

    public static MachineSample Take(Process? measured)
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var self = Process.GetCurrentProcess();
        return new MachineSample(
            Stopwatch.GetTimestamp(),
            Ticks(fields[1]) + Ticks(fields[2]) + Ticks(fields[3]),
            fields.Length > 8 ? Ticks(fields[8]) : TimeSpan.Zero,
            self.TotalProcessorTime,
            measured is null or { HasExited: true } ? TimeSpan.Zero : measured.TotalProcessorTime);
    }

    public MachineUse Since(MachineSample start)
    {
        var elapsed = Stopwatch.GetElapsedTime(start.At, At);
        var measured = Measured - start.Measured;
        var foreign = Machine - start.Machine - (Self - start.Self) - measured;
        return new MachineUse(
            elapsed,
            measured,
            Self - start.Self,
            Math.Max(0, foreign / elapsed),
            (Steal - start.Steal) / elapsed);
    }

    private static TimeSpan Ticks(string text) =>
        TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture) / TicksPerSecond);
}

/// <summary>CPU over a time: of the measured process, of generator and sink, and as parts of a core of strangers and of the hypervisor.</summary>
internal sealed record MachineUse(TimeSpan Elapsed, TimeSpan Measured, TimeSpan Self, double ForeignCores, double StealCores)
{
    public double MicrosecondsPer(long events) => events == 0 ? 0 : Measured.TotalMicroseconds / events;
}
