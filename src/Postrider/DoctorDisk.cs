using System.Globalization;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log.Embedded;

namespace Postrider;

/// <summary>Examines the disk of an embedded log: space, kind of file system, and how long a durable write takes.</summary>
internal static class DoctorDisk
{
    // Each answer waits for one; group commit makes it one for many, but no request is faster.
    private static readonly TimeSpan SlowSync = TimeSpan.FromMilliseconds(20);

    private static readonly string[] Network = ["nfs", "nfs4", "cifs", "smb", "smb2", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph", "afs", "virtiofs"];

    public static IEnumerable<Finding> Examine(LogConfig log, TimeProvider time)
    {
        if (FindFolder(log.Path) is not { } folder)
        {
            return [Finding.Error(DoctorAreas.Disk, log.Path, "neither the folder nor any above it exists", "Choose another log.path.")];
        }

        try
        {
            var drive = FindDrive(folder);
            return [ExamineSync(log.Path, folder, time), ExamineSpace(log, drive), ExamineFileSystem(log.Path, drive)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [Finding.Error(DoctorAreas.Disk, log.Path, $"{folder} cannot be written: {exception.Message}", "Give the user that runs the server the right to write there, or choose another log.path.")];
        }
    }

    // The server makes the folder at its first start; until then the nearest one above it tells the same.
    private static string? FindFolder(string path)
    {
        var folder = path;
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }

    private static DriveInfo FindDrive(string folder) =>
        DriveInfo.GetDrives()
            .Where(drive => IsBelow(folder, drive.Name))
            .MaxBy(drive => drive.Name.Length)
        ?? new DriveInfo(folder);

    private static bool IsBelow(string folder, string mount) =>
        (folder + Path.DirectorySeparatorChar).StartsWith(mount.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static Finding ExamineSync(string path, string folder, TimeProvider time)
    {
        var took = DiskProbe.Measure(folder, time);
        var text = string.Create(CultureInfo.InvariantCulture, $"a durable write of 4 KiB takes {took.TotalMilliseconds:0.##} ms");
        return took > SlowSync
            ? Finding.Warning(DoctorAreas.Disk, path, $"{text}: no request is answered faster", "Put the log on a faster disk: an SSD, not shared with what writes much.")
            : Finding.Ok(DoctorAreas.Disk, path, text);
    }

    private static Finding ExamineSpace(LogConfig log, DriveInfo drive)
    {
        var (free, floor) = (drive.AvailableFreeSpace, log.MinFreeDisk.Bytes);
        var wanted = log.MaxSize?.Bytes ?? drive.TotalSize / 2;
        var text = $"{Spell(free)} of {Spell(drive.TotalSize)} are free; the log may take {Spell(wanted)} and leaves {Spell(floor)}";
        return free < floor + log.SegmentSize.Bytes
            ? Finding.Error(DoctorAreas.Disk, log.Path, $"{text}: the gateway would answer 503", "Make room, or lower log.minFreeDisk.")
            : free < floor + wanted
                ? Finding.Warning(DoctorAreas.Disk, log.Path, $"{text}: the disk fills before the log's limit", "Make room, or set log.maxSize to what there is.")
                : Finding.Ok(DoctorAreas.Disk, log.Path, text);
    }

    private static Finding ExamineFileSystem(string path, DriveInfo drive)
    {
        var format = drive.DriveFormat;
        return format switch
        {
            "tmpfs" or "ramfs" => Finding.Error(DoctorAreas.Disk, path, $"it is in memory ({format}): all events are gone after a restart of the machine", "Choose a log.path on a disk."),
            "overlay" or "overlayfs" or "aufs" => Finding.Warning(
                DoctorAreas.Disk, path, $"it is in a container's own layer ({format}): all events are gone with the container", "Mount a volume there."),
            _ when Network.Contains(format) => Finding.Warning(
                DoctorAreas.Disk, path, $"it is on a network file system ({format}), whose locks and syncs may not hold", "Choose a log.path on a disk of this machine, or a log of type redis."),
            _ => Finding.Ok(DoctorAreas.Disk, path, $"file system {format}"),
        };
    }

    private static string Spell(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.#} GiB");
}
