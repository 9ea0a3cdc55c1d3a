using System.Buffers.Binary;
using System.Text;
using MongoDB.Bson;

namespace Postrider.Tests.Destinations.MongoDb.Wire;

/// <summary>A command as it came: OP_MSG with sections of kind 0 and 1, or the OP_QUERY of a driver's first handshake.</summary>
internal sealed class WireMessage
{
    private const int HeaderBytes = 16;
    private const int OpReply = 1;
    private const int OpQuery = 2004;
    private const int OpMsg = 2013;
    private const int MaxBytes = 48_000_000;

    private readonly int _requestId;
    private readonly bool _isQuery;

    private WireMessage(int requestId, bool isQuery, BsonDocument body, IReadOnlyDictionary<string, IReadOnlyList<RawBsonDocument>> sequences)
    {
        _requestId = requestId;
        _isQuery = isQuery;
        Body = body;
        Sequences = sequences;
    }

    public BsonDocument Body { get; }

    /// <summary>Documents that came beside the body, by the member that they stand for.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<RawBsonDocument>> Sequences { get; }

    /// <summary>The next message; null: the other side has closed.</summary>
    public static async Task<WireMessage?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        if (await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken) < HeaderBytes)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length is < HeaderBytes or > MaxBytes)
        {
            throw new InvalidDataException($"A message of {length} bytes.");
        }

        var rest = new byte[length - HeaderBytes];
        await stream.ReadExactlyAsync(rest, cancellationToken);
        var requestId = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        return BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12)) switch
        {
            OpMsg => ReadMsg(requestId, rest),
            OpQuery => new WireMessage(requestId, true, ReadQuery(rest), new Dictionary<string, IReadOnlyList<RawBsonDocument>>()),
            var code => throw new InvalidDataException($"Operation {code} is not spoken here."),
        };
    }

    /// <summary>The bytes that answer it.</summary>
    public byte[] Answer(BsonDocument reply)
    {
        var document = reply.ToBson();
        var before = _isQuery ? 20 : 5;
        var bytes = new byte[HeaderBytes + before + document.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), _requestId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), _isQuery ? OpReply : OpMsg);
        if (_isQuery)
        {
            // Flags: AwaitCapable; cursor 0, from 0, one document.
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(HeaderBytes), 8);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(HeaderBytes + 16), 1);
        }

        document.CopyTo(bytes, HeaderBytes + before);
        return bytes;
    }

    private static WireMessage ReadMsg(int requestId, byte[] bytes)
    {
        BsonDocument? body = null;
        var sequences = new Dictionary<string, IReadOnlyList<RawBsonDocument>>(StringComparer.Ordinal);
        for (var at = sizeof(int); at < bytes.Length;)
        {
            var kind = bytes[at++];
            var size = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            if (kind == 0)
            {
                body = new RawBsonDocument(bytes[at..(at + size)]);
            }
            else
            {
                var nameEnd = Array.IndexOf(bytes, (byte)0, at + sizeof(int));
                var name = Encoding.UTF8.GetString(bytes, at + sizeof(int), nameEnd - at - sizeof(int));
                sequences[name] = [.. ReadDocuments(bytes, nameEnd + 1, at + size)];
            }

            at += size;
        }

        return new WireMessage(requestId, false, body ?? throw new InvalidDataException("A message without a body."), sequences);
    }

    private static IEnumerable<RawBsonDocument> ReadDocuments(byte[] bytes, int from, int to)
    {
        while (from < to)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(from));
            yield return new RawBsonDocument(bytes[from..(from + size)]);
            from += size;
        }
    }

    // Flags, the collection's name, how many to skip and to return, and then the command.
    private static RawBsonDocument ReadQuery(byte[] bytes)
    {
        var from = Array.IndexOf(bytes, (byte)0, sizeof(int)) + 1 + sizeof(long);
        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(from));
        return new RawBsonDocument(bytes[from..(from + size)]);
    }
}
