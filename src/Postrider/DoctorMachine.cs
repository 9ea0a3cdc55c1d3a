using System.Globalization;
using Postrider.Diagnostics;

namespace Postrider;

/// <summary>Examines the machine: its clock and the limits of its processes.</summary>
internal static class DoctorMachine
{
    // Connections in and out, segments, SQLite: a busy server has a thousand; a flood of clients needs more.
    private const long FewFiles = 4096;

    public static IEnumerable<Finding> Examine()
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        return new[] { ExamineClock(), ExamineFiles() }.OfType<Finding>();
    }

    private static Finding ExamineClock() => SystemClock.IsSynchronized() switch
    {
        true => Finding.Ok(DoctorAreas.Machine, "clock", "the clock is kept by a time service"),
        false => Finding.Warning(
            DoctorAreas.Machine, "clock", "no time service keeps the clock: signatures carry it, and receivers refuse those of another time",
            "Run chrony, ntpd or systemd-timesyncd on this machine (of a container: on its host)."),
        null => Finding.Ok(DoctorAreas.Machine, "clock", "whether a time service keeps the clock cannot be asked here"),
    };

    // .NET raises the soft limit to the hard one at its start.
    private static Finding? ExamineFiles()
    {
        var line = Array.Find(ReadLimits(), line => line.StartsWith("Max open files", StringComparison.Ordinal));
        if (line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [.., var hard, _])
        {
            return null;
        }

        return long.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most < FewFiles
            ? Finding.Warning(
                DoctorAreas.Machine, "open files", string.Create(CultureInfo.InvariantCulture, $"a process may hold {most} files and connections open"),
                "Raise it: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536.")
            : Finding.Ok(DoctorAreas.Machine, "open files", $"a process may hold {hard} files and connections open");
    }

    private static string[] ReadLimits()
    {
        try
        {
            return File.ReadAllLines("/proc/self/limits");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
