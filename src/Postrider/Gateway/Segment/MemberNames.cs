using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>Recognises members by their names.</summary>
internal static class MemberNames
{
    /// <summary>Of values that <see cref="Member"/> has.</summary>
    public const int Count = (int)Member.Batch + 1;

    /// <summary>The member whose name the reader, over one piece of memory, stands on.</summary>
    public static Member Match(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;
        return reader.ValueIsEscaped ? MatchEscaped(ref reader) : name.Length switch
        {
            4 => name.SequenceEqual("type"u8) ? Member.Type : Member.None,
            5 => name.SequenceEqual("batch"u8) ? Member.Batch : Member.None,
            6 => name.SequenceEqual("userId"u8) ? Member.UserId : name.SequenceEqual("sentAt"u8) ? Member.SentAt : Member.None,
            7 => name.SequenceEqual("context"u8) ? Member.Context : Member.None,
            8 => name.SequenceEqual("rudderId"u8) ? Member.RudderId : name.SequenceEqual("writeKey"u8) ? Member.WriteKey : Member.None,
            9 => name.SequenceEqual("messageId"u8) ? Member.MessageId
                : name.SequenceEqual("timestamp"u8) ? Member.Timestamp
                : name.SequenceEqual("_metadata"u8) ? Member.Metadata : Member.None,
            10 => name.SequenceEqual("receivedAt"u8) ? Member.ReceivedAt : name.SequenceEqual("request_ip"u8) ? Member.RequestIp : Member.None,
            11 => name.SequenceEqual("anonymousId"u8) ? Member.AnonymousId : Member.None,
            12 => name.SequenceEqual("integrations"u8) ? Member.Integrations : Member.None,
            17 => name.SequenceEqual("originalTimestamp"u8) ? Member.OriginalTimestamp : Member.None,
            _ => Member.None,
        };
    }

    /// <summary>The member's name as it is written first in an object, with what follows: <c>"type":</c>.</summary>
    public static ReadOnlySpan<byte> Opening(Member member) => member switch
    {
        Member.Type => "\"type\":"u8,
        Member.MessageId => "\"messageId\":"u8,
        Member.SentAt => "\"sentAt\":"u8,
        Member.OriginalTimestamp => "\"originalTimestamp\":"u8,
        Member.Timestamp => "\"timestamp\":"u8,
        Member.ReceivedAt => "\"receivedAt\":"u8,
        Member.RequestIp => "\"request_ip\":"u8,
        Member.RudderId => "\"rudderId\":"u8,
        Member.Context => "\"context\":"u8,
        Member.Integrations => "\"integrations\":"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(member), member, "It is never written."),
    };

    private static Member MatchEscaped(ref Utf8JsonReader reader) =>
        JsonMemberName.Is(ref reader, "type"u8) ? Member.Type
        : JsonMemberName.Is(ref reader, "userId"u8) ? Member.UserId
        : JsonMemberName.Is(ref reader, "anonymousId"u8) ? Member.AnonymousId
        : JsonMemberName.Is(ref reader, "messageId"u8) ? Member.MessageId
        : JsonMemberName.Is(ref reader, "sentAt"u8) ? Member.SentAt
        : JsonMemberName.Is(ref reader, "originalTimestamp"u8) ? Member.OriginalTimestamp
        : JsonMemberName.Is(ref reader, "timestamp"u8) ? Member.Timestamp
        : JsonMemberName.Is(ref reader, "receivedAt"u8) ? Member.ReceivedAt
        : JsonMemberName.Is(ref reader, "request_ip"u8) ? Member.RequestIp
        : JsonMemberName.Is(ref reader, "rudderId"u8) ? Member.RudderId
        : JsonMemberName.Is(ref reader, "context"u8) ? Member.Context
        : JsonMemberName.Is(ref reader, "integrations"u8) ? Member.Integrations
        : JsonMemberName.Is(ref reader, "_metadata"u8) ? Member.Metadata
        : JsonMemberName.Is(ref reader, "writeKey"u8) ? Member.WriteKey
        : JsonMemberName.Is(ref reader, "batch"u8) ? Member.Batch
        : Member.None;
}
