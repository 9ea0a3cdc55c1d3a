namespace Postrider.Configuration;

/// <summary>A size in bytes, written <c>64KiB</c> or <c>1GiB</c>.</summary>
/// <param name="Bytes">The number of bytes.</param>
public readonly record struct ByteSize(long Bytes)
{
    /// <summary>A size of so many mebibytes.</summary>
    public static ByteSize FromMebibytes(long count) => new(count << 20);
}
