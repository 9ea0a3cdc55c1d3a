namespace Postrider.Log.Embedded;

/// <summary>Size and free space of a disk, in bytes.</summary>
internal readonly record struct DiskSpace(long Total, long Free);
