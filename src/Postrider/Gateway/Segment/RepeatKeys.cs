using System.IO.Hashing;
using System.Text;
using Postrider.Events;

namespace Postrider.Gateway.Segment;

/// <summary>Makes the keys by which the log knows a repeated <c>messageId</c> of one source.</summary>
internal sealed class RepeatKeys(string source, DateTimeOffset until)
{
    private readonly int _prefixLength = Encoding.UTF8.GetByteCount(source) + 2;
    private byte[] _id = [.. Encoding.UTF8.GetBytes(source), 0, (byte)RepeatKind.MessageId];

    /// <param name="messageId">As the client gave it.</param>
    /// <param name="event">The event as it was sent.</param>
    /// <param name="offset">Where it stands in the body that the places are of.</param>
    /// <param name="members">Its known members.</param>
    public RepeatKey Make(ReadOnlySpan<byte> messageId, ReadOnlySpan<byte> @event, int offset, ReadOnlySpan<MemberPlace> members)
    {
        var length = _prefixLength + messageId.Length;
        if (_id.Length < length)
        {
            Array.Resize(ref _id, length * 2);
        }

        messageId.CopyTo(_id.AsSpan(_prefixLength));
        return new RepeatKey(XxHash128.HashToUInt128(_id.AsSpan(0, length)), HashBody(@event, offset, members), until);
    }

    // Without what an SDK says of the attempt itself: an honest repeat has another sentAt.
    private static ulong HashBody(ReadOnlySpan<byte> @event, int offset, ReadOnlySpan<MemberPlace> members)
    {
        var hash = 0UL;
        var from = 0;
        foreach (var place in members)
        {
            if (place.Member is Member.SentAt or Member.Metadata)
            {
                hash = XxHash3.HashToUInt64(@event[from..(place.Start - offset)], (long)hash);
                from = place.End - offset;
            }
        }

        return XxHash3.HashToUInt64(@event[from..], (long)hash);
    }
}
