namespace Postrider.Gateway.Segment;

/// <summary><c>rudderId</c>: the MD5 of <c>userId:anonymousId</c> as a UUID of version 4, as RudderStack makes it. It names a person and protects nothing.</summary>
internal sealed class RudderIds
{
    private const int Md5Bytes = 16;

    private readonly byte[] _identity = new byte[2 * PublishReader.MaxKeyBytes + 1];
    private readonly byte[] _quoted = new byte[38];
    private int _length = -1;

    /// <summary>The id in quotes, good until the next call. A batch's events are often one person's, so the last is kept.</summary>
    public ReadOnlyMemory<byte> Quote(ReadOnlySpan<byte> userId, ReadOnlySpan<byte> anonymousId)
    {
        var length = userId.Length + 1 + anonymousId.Length;
        if (length == _length
            && _identity.AsSpan(0, userId.Length).SequenceEqual(userId)
            && _identity[userId.Length] == (byte)':'
            && _identity.AsSpan(userId.Length + 1, anonymousId.Length).SequenceEqual(anonymousId))
        {
            return _quoted;
        }

        userId.CopyTo(_identity);
        _identity[userId.Length] = (byte)':';
        anonymousId.CopyTo(_identity.AsSpan(userId.Length + 1));
        _length = length;
        Span<byte> hash = stackalloc byte[Md5Bytes];
        ShortMd5.Hash(_identity.AsSpan(0, length), hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x40);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        Write(new Guid(hash, bigEndian: true), _quoted);
        return _quoted;
    }

    /// <summary>A UUID in quotes: 38 bytes.</summary>
    public static void Write(Guid id, Span<byte> quoted)
    {
        quoted[0] = (byte)'"';
        id.TryFormat(quoted[1..], out _);
        quoted[37] = (byte)'"';
    }
}
