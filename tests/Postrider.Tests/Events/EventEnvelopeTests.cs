using System.Buffers;
using System.Text;
using CsCheck;
using Postrider.Events;

namespace Postrider.Tests.Events;

public sealed class EventEnvelopeTests
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char["abc äß€\0\"\\/.-_09"], 0, 40];

    private static readonly Gen<(EventDraft Draft, byte[] Body)> Plain =
        Gen.Select(Text, Text, Gen.Null(Text), Gen.Null(Text), Gen.Null(Text), Gen.Null(Text.Array[0, 5]), Gen.Long[-62_135_596_800_000, 253_402_300_799_999], Gen.Byte.Array)
            .Select((source, key, type, traceParent, ownId, destinations, receivedAt, body) => (
                new EventDraft
                {
                    Source = source,
                    Key = Encoding.UTF8.GetBytes(key),
                    Type = type,
                    TraceParent = traceParent,
                    OwnId = ownId,
                    RequestedDestinations = destinations,
                    ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(receivedAt),
                },
                body));

    private static readonly Gen<(EventDraft Draft, byte[] Body)> Drafts =
        Gen.Select(Plain, Text.Array[0, 3], Gen.Select(Text, Text).Array[0, 3], Gen.Select(Gen.ULong, Gen.Long[0, 253_402_300_799_999]).Array[0, 1])
            .Select((plain, excluded, headers, repeat) => (
                plain.Draft with
                {
                    ExcludedDestinations = excluded,
                    KeptHeaders = [.. headers.Select(header => new KeyValuePair<string, string>(header.Item1, header.Item2))],
                    RepeatKey = repeat is [var (id, until)] ? new RepeatKey(new UInt128(id, ~id), id / 3, DateTimeOffset.FromUnixTimeMilliseconds(until)) : null,
                },
                plain.Body));

    [Fact]
    public void Restore_AnyWrittenEvent_GivesEverythingBack()
    {
        Drafts.Sample(
            sample =>
            {
                var (draft, body) = sample;
                var place = new LogPosition(3, 2, 77);
                var created = Event.Create(draft, new ReadOnlySequence<byte>(body));

                var restored = Event.Restore(created.Bytes.ToArray(), "abc", place);

                Assert.Equal(draft.Source, restored.Source);
                Assert.Equal(draft.Key.IsEmpty ? null : Encoding.UTF8.GetString(draft.Key.Span), restored.Key);
                Assert.Equal(!draft.Key.IsEmpty, restored.IsKeyed);
                Assert.Equal(EventEnvelope.HashKey(draft.Key.Span), restored.KeyHash);
                Assert.Equal((draft.Type, draft.TraceParent), (restored.Type, restored.TraceParent));
                Assert.Equal(draft.RequestedDestinations, restored.RequestedDestinations);
                Assert.Equal(draft.ReceivedAt, restored.ReceivedAt);
                Assert.Equal(draft.ExcludedDestinations ?? [], restored.ExcludedDestinations);
                Assert.Equal(draft.KeptHeaders ?? [], restored.KeptHeaders);
                Assert.Equal(draft.RepeatKey, restored.RepeatKey);
                Assert.Equal(draft.OwnId ?? "evt_abc-3-2-77", restored.Id);
                Assert.Equal(body, restored.Body.ToArray());
                Assert.Equal((draft.Source, draft.RequestedDestinations), (created.Source, created.RequestedDestinations));
            },
            iter: 2000);
    }

    [Fact]
    public void Restore_DamagedBytes_ThrowsOnlyWhatItDocuments()
    {
        Gen.Select(Drafts, Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Byte).Sample(
            (sample, damage, where, value) =>
            {
                var bytes = Event.Create(sample.Draft, new ReadOnlySequence<byte>(sample.Body)).Bytes.ToArray();
                var damaged = Damage(bytes, damage, where, value);

                var thrown = Record.Exception(() => ReadEverything(Event.Restore(damaged, "abc", default)));

                Assert.True(thrown is null or InvalidDataException or NewerEnvelopeException, $"{thrown}");
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    public void Restore_NewerVersion_SaysSo(byte version)
    {
        var bytes = NewBytes();
        bytes[0] = version;

        var thrown = Assert.Throws<NewerEnvelopeException>(() => Event.Restore(bytes, "abc", default));

        Assert.Contains($"version {version}", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<NewerEnvelopeException>(() => Event.Restore([version], "abc", default));
    }

    [Fact]
    public void Restore_AnyPrefixOfTheEnvelope_IsNoEnvelope()
    {
        var bytes = NewBytes();
        var bodyOffset = EventEnvelope.BodyOffset(bytes);

        for (var length = 0; length < bodyOffset; length++)
        {
            Assert.Throws<InvalidDataException>(() => Event.Restore(bytes[..length], "abc", default));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0xFF)]
    [InlineData(2, 0xFF)]
    [InlineData(5, 0xFF)]
    [InlineData(13, 0x7F)]
    [InlineData(23, 0xFF)]
    public void Restore_ImpossibleField_IsNoEnvelope(int offset, byte value)
    {
        var bytes = NewBytes();
        bytes[offset] = value;

        Assert.Throws<InvalidDataException>(() => Event.Restore(bytes, "abc", default));
    }

    [Fact]
    public void Write_KnownEvent_HasTheDocumentedBytes()
    {
        var draft = new EventDraft
        {
            Source = "app",
            Key = "u1"u8.ToArray(),
            ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(0x0102030405),
            RequestedDestinations = ["x"],
        };

        var bytes = EventEnvelope.Write(draft, new ReadOnlySequence<byte>("{}"u8.ToArray()));

        Assert.Equal(
            "01-11-24-00-00-00-05-04-03-02-01-00-00-00-" + Hex(BitConverter.GetBytes(System.IO.Hashing.XxHash3.HashToUInt64("u1"u8)))
            + "-03-00-61-70-70-02-00-75-31-01-00-01-00-78-7B-7D",
            Hex(bytes));
    }

    [Fact]
    public void Write_FieldTooLong_IsRefused()
    {
        var key = new byte[EventEnvelope.MaxFieldBytes + 1];

        Assert.Throws<ArgumentException>(() => EventEnvelope.Write(new EventDraft { Source = "s", Key = key, ReceivedAt = default }, default));
        Assert.Throws<ArgumentException>(
            () => EventEnvelope.Write(new EventDraft { Source = new string('s', 65_536), ReceivedAt = default }, default));
    }

    [Fact]
    public void Create_NumberAndText_ShareAKeyHash()
    {
        Assert.Equal(EventEnvelope.HashKey("1"u8), EventEnvelope.HashKey("1"u8.ToArray()));
        Assert.NotEqual(EventEnvelope.HashKey("1"u8), EventEnvelope.HashKey("1.0"u8));
        Assert.Equal(0UL, EventEnvelope.HashKey([]));
    }

    private static string Hex(byte[] bytes) => BitConverter.ToString(bytes);

    private static byte[] NewBytes()
    {
        var draft = new EventDraft
        {
            Source = "app",
            Key = "u1"u8.ToArray(),
            Type = "track",
            TraceParent = "00-x",
            OwnId = "evt_moved",
            RequestedDestinations = ["crm", "warehouse"],
            ReceivedAt = DateTimeOffset.UnixEpoch,
        };
        return EventEnvelope.Write(draft, new ReadOnlySequence<byte>("""{"a":1}"""u8.ToArray()));
    }

    private static byte[] Damage(byte[] bytes, int damage, int where, byte value)
    {
        var place = where % bytes.Length;
        switch (damage)
        {
            case 0:
                return bytes[..place];
            case 1:
                bytes[place] = value;
                return bytes;
            case 2:
                bytes[Math.Min(place, EventEnvelope.FixedLength + 1) % bytes.Length] ^= (byte)(1 << (value % 8));
                return bytes;
            default:
                return [.. bytes[..place], value, .. bytes[place..]];
        }
    }

    private static void ReadEverything(Event restored) =>
        _ = (restored.Id, restored.Source, restored.Key, restored.Type, restored.TraceParent, restored.RequestedDestinations,
            restored.ExcludedDestinations, restored.KeptHeaders, restored.RepeatKey, restored.ReceivedAt, restored.Body.Length, restored.Sequence, restored.Weight);
}
