namespace Postrider.Destinations.MongoDb;

/// <summary>The bodies of a batch as BSON, one behind the other in one buffer.</summary>
internal sealed class EventDocuments : IDisposable
{
    // Names of array elements and lengths make BSON a little larger than its JSON.
    private const int SpareBytes = 4096;

    private readonly BsonOutput _bytes;
    private readonly (int From, int To)[] _places;
    private readonly byte[][]? _keyPath;

    private EventDocuments(IReadOnlyList<DeliveryAttempt> batch, byte[][]? keyPath)
    {
        var size = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            size += batch[i].Event.Body.Length;
        }

        _bytes = new BsonOutput(size + (size / 4) + SpareBytes);
        _places = new (int From, int To)[batch.Count];
        _keyPath = keyPath;
        Batch = batch;
    }

    public IReadOnlyList<DeliveryAttempt> Batch { get; }

    /// <summary>Reads all bodies; those that cannot be documents are settled in the outcome.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="keyPath">For upserts, where the value is that becomes the _id; null: inserts.</param>
    /// <param name="outcome">Takes the mistakes.</param>
    public static EventDocuments Read(IReadOnlyList<DeliveryAttempt> batch, byte[][]? keyPath, BatchOutcome outcome)
    {
        var documents = new EventDocuments(batch, keyPath);
        try
        {
            var converter = new JsonToBson();
            for (var i = 0; i < batch.Count; i++)
            {
                if (documents.Add(i, converter) is { } mistake)
                {
                    outcome.Settle(i, mistake);
                }
            }

            return documents;
        }
        catch
        {
            documents.Dispose();
            throw;
        }
    }

    /// <summary>The elements of an event's document, without <c>_id</c>.</summary>
    public ReadOnlySpan<byte> ElementsOf(int index) => _bytes.Written[_places[index].From.._places[index].To];

    /// <summary>The element <c>_id</c>: the event's id, or the value of its key.</summary>
    public void WriteId(int index, BsonOutput output)
    {
        if (_keyPath is null)
        {
            output.WriteElement(BsonKind.Text, "_id"u8);
            output.WriteString(Batch[index].Event.Id);
            return;
        }

        BsonScan.TryFind(ElementsOf(index), _keyPath, out var kind, out var value);
        output.WriteElement(kind, "_id"u8);
        output.Write(value);
    }

    public void Dispose() => _bytes.Dispose();

    private DeliveryResult? Add(int index, JsonToBson converter)
    {
        var item = Batch[index].Event;
        var from = _bytes.Length;
        var mistake = converter.Write(item.Body.Span, leaveOutStamp: _keyPath is not null, mayBePublish: item.Type is null, _bytes);
        _places[index] = (from, _bytes.Length);
        if (mistake is null && _keyPath is not null)
        {
            mistake = !BsonScan.TryFind(ElementsOf(index), _keyPath, out var kind, out _) || kind == BsonKind.Null ? DocumentMistakes.NoKey
                : kind is BsonKind.Document or BsonKind.List ? DocumentMistakes.KeyOfWrongType
                : null;
        }

        return mistake;
    }
}
