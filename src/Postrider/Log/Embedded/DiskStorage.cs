namespace Postrider.Log.Embedded;

/// <summary>The real file system.</summary>
internal sealed class DiskStorage : IStorage
{
    public static DiskStorage Instance { get; } = new();

    public IStorageFile Create(string path) => new DiskFile(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public IStorageFile Open(string path) => new DiskFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public IStorageFile OpenRead(string path) => new DiskFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncDirectory(string path)
    {
        // Windows makes directory entries durable with the file itself and cannot sync a folder.
        if (!OperatingSystem.IsWindows())
        {
            Posix.SyncDirectory(path);
        }
    }

    public DiskSpace GetSpace(string path)
    {
        // Elsewhere than on Windows any path names the drive it lies on.
        var drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(Path.GetFullPath(path))! : path);
        return new DiskSpace(drive.TotalSize, drive.AvailableFreeSpace);
    }
}
