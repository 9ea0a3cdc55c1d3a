using System.Buffers.Text;

namespace Postrider.Load.Receiving;

/// <summary>What the generator wrote into a body: whose event it is, its number, and when it was sent.</summary>
internal readonly record struct EventMark(int User, int Sequence, long SentAt)
{
    public static bool TryRead(ReadOnlySpan<byte> body, out EventMark mark)
    {
        mark = default;
        if (!TryRead(body, "\"userId\":\"u"u8, out var user)
            || !TryRead(body, "\"seq\":"u8, out var sequence)
            || !TryRead(body, "\"t\":"u8, out var sentAt))
        {
            return false;
        }

        mark = new EventMark((int)user, (int)sequence, sentAt);
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> body, ReadOnlySpan<byte> before, out long number)
    {
        number = 0;
        var at = body.IndexOf(before);
        return at >= 0 && Utf8Parser.TryParse(body[(at + before.Length)..].TrimStart((byte)' '), out number, out _);
    }
}
