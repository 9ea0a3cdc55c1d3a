using System.Diagnostics;
using System.Globalization;

namespace Postrider.Load.Measuring;

/// <summary>What the machine and chosen processes had spent at a moment.</summary>
/// <remarks>
/// Time of interrupts is left out of the machine's: on loopback much of it is ours, and the kernel does not say whose.
/// </remarks>
internal sealed record MachineSample(long At, TimeSpan Machine, TimeSpan Steal, TimeSpan Self, TimeSpan Measured, TimeSpan Beside)
{
    private const int TicksPerSecond = 100;

    /// <param name="measured">The server, or what stands for it.</param>
    /// <param name="beside">Another process that works for it, with its children that have ended.</param>
    public static MachineSample Take(Process? measured, Process? beside = null)
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var self = Process.GetCurrentProcess();
        return new MachineSample(
            Stopwatch.GetTimestamp(),
            Ticks(fields[1]) + Ticks(fields[2]) + Ticks(fields[3]),
            fields.Length > 8 ? Ticks(fields[8]) : TimeSpan.Zero,
            self.TotalProcessorTime,
            measured is null or { HasExited: true } ? TimeSpan.Zero : measured.TotalProcessorTime,
            beside is null or { HasExited: true } ? TimeSpan.Zero : WithChildren(beside.Id));
    }

    public MachineUse Since(MachineSample start)
    {
        var elapsed = Stopwatch.GetElapsedTime(start.At, At);
        var measured = Measured - start.Measured;
        var beside = Beside - start.Beside;
        var foreign = Machine - start.Machine - (Self - start.Self) - measured - beside;
        return new MachineUse(
            elapsed,
            measured,
            beside,
            Self - start.Self,
            Math.Max(0, foreign / elapsed),
            (Steal - start.Steal) / elapsed);
    }

    // Fields 14 to 17 of proc_pid_stat(5): user and system time, its own and that of its children. The name before them may hold spaces.
    private static TimeSpan WithChildren(int pid)
    {
        var line = File.ReadAllText($"/proc/{pid}/stat");
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return Ticks(fields[11]) + Ticks(fields[12]) + Ticks(fields[13]) + Ticks(fields[14]);
    }

    private static TimeSpan Ticks(string text) =>
        TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture) / TicksPerSecond);
}

/// <summary>CPU over a time: of the measured process, of the one beside it, of generator and sink, and as parts of a core of strangers and of the hypervisor.</summary>
internal sealed record MachineUse(TimeSpan Elapsed, TimeSpan Measured, TimeSpan Beside, TimeSpan Self, double ForeignCores, double StealCores)
{
    public double MicrosecondsPer(long events) => events == 0 ? 0 : Measured.TotalMicroseconds / events;

    public double BesideMicrosecondsPer(long events) => events == 0 ? 0 : Beside.TotalMicroseconds / events;
}
