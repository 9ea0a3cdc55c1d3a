namespace Postrider.Log.Embedded;

/// <summary>The few things that the log asks of a file system, so that tests can make each of them fail.</summary>
internal interface IStorage
{
    /// <summary>Makes or empties a file, to write and read.</summary>
    IStorageFile Create(string path);

    /// <summary>Opens an existing file to write and read.</summary>
    IStorageFile Open(string path);

    /// <summary>Opens an existing file to read.</summary>
    IStorageFile OpenRead(string path);

    /// <summary>Moves a file over another.</summary>
    void Rename(string from, string to);

    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in the folder durable.</summary>
    void SyncDirectory(string path);

    DiskSpace GetSpace(string path);
}
