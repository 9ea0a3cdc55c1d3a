namespace Postrider.Log.Embedded;

/// <summary>
/// A segment that is being written is longer than its events: space is reserved ahead, and reads as zeros. No record is all zeros, for its length
/// is none, so zeros up to the end of the file are no torn write.
/// </summary>
internal static class ReservedSpace
{
    public static bool IsAllThatFollows(IReadable file, long offset, long length)
    {
        var buffer = new byte[1 << 16];
        while (offset < length)
        {
            var read = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset)), offset);
            if (read == 0 || buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return false;
            }

            offset += read;
        }

        return true;
    }
}
