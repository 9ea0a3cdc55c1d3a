namespace Postrider.Log;

/// <summary>Outstanding positions as a blob: the first, then the distance to each next, as varints of 7 bits, low bits first.</summary>
internal static class ProgressCodec
{
    private const int LongestVarint = 10;

    public static byte[] Write(IReadOnlyList<long> outstanding)
    {
        if (outstanding.Count == 0)
        {
            return [];
        }

        var buffer = new byte[LongestVarint + (outstanding.Count * 3)];
        var used = 0;
        long previous = 0;
        for (var i = 0; i < outstanding.Count; i++)
        {
            var delta = (ulong)(outstanding[i] - previous);
            previous = outstanding[i];
            if (buffer.Length - used < LongestVarint)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            for (; delta >= 0x80; delta >>= 7)
            {
                buffer[used++] = (byte)(delta | 0x80);
            }

            buffer[used++] = (byte)delta;
        }

        return buffer.AsSpan(0, used).ToArray();
    }

    public static List<long> Read(ReadOnlySpan<byte> bytes)
    {
        var outstanding = new List<long>();
        long position = 0;
        for (var i = 0; i < bytes.Length;)
        {
            ulong delta = 0;
            for (var shift = 0; ; shift += 7)
            {
                var value = bytes[i++];
                delta |= (ulong)(value & 0x7f) << shift;
                if (value < 0x80)
                {
                    break;
                }
            }

            position += (long)delta;
            outstanding.Add(position);
        }

        return outstanding;
    }
}
