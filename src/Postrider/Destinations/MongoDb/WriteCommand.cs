using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace Postrider.Destinations.MongoDb;

/// <summary>An <c>insert</c> or <c>update</c> command of as many events as it may hold, built byte by byte.</summary>
/// <remarks>Ordered: the server stops at the first failure, so that nothing of a key is written behind an event that was not.</remarks>
internal sealed class WriteCommand : IDisposable
{
    // A command is one document: 16 MiB, and 16 KiB more for what stands around a document of full size.
    public const int MaxBytes = 15 << 20;

    private readonly BsonOutput _output;
    private readonly List<int> _events = [];

    private WriteCommand(int capacity) => _output = new BsonOutput(capacity);

    /// <summary>The events that it holds, by their place in the batch, in the order in which they are written.</summary>
    public IReadOnlyList<int> Events => _events;

    /// <summary>Takes pending events from a run, beginning at <paramref name="next"/>, which it moves behind the last one taken.</summary>
    /// <param name="run">Whose events.</param>
    /// <param name="next">The first of the run's events that may be taken.</param>
    /// <param name="documents">Their documents.</param>
    /// <param name="outcome">Says which are pending.</param>
    /// <param name="isUpsert">Whether it is an update command.</param>
    /// <param name="writeConcern">The BSON of the write concern.</param>
    public static WriteCommand Take(CollectionRun run, ref int next, EventDocuments documents, BatchOutcome outcome, bool isUpsert, ReadOnlySpan<byte> writeConcern)
    {
        var command = new WriteCommand(64 << 10);
        var output = command._output;
        var start = output.Begin();
        output.WriteElement(BsonKind.Text, isUpsert ? "update"u8 : "insert"u8);
        output.WriteString(run.Collection);
        output.WriteElement(BsonKind.List, isUpsert ? "updates"u8 : "documents"u8);
        var list = output.Begin();
        for (; next < run.Events.Count; next++)
        {
            var index = run.Events[next];
            if (!outcome.IsPending(index))
            {
                continue;
            }

            var before = output.Length;
            output.WriteElement(BsonKind.Document, command._events.Count);
            if (isUpsert)
            {
                WriteUpsert(index, documents, output);
            }
            else
            {
                WriteDocument(index, documents, null, output);
            }

            if (output.Length > MaxBytes && command._events.Count > 0)
            {
                output.Truncate(before);
                break;
            }

            command._events.Add(index);
        }

        output.End(list);
        output.WriteElement(BsonKind.Boolean, "ordered"u8);
        output.WriteByte(1);
        output.WriteElement(BsonKind.Document, "writeConcern"u8);
        output.Write(writeConcern);
        output.End(start);
        return command;
    }

    /// <summary>For the driver; valid until this is disposed.</summary>
    public RawBsonDocument ToDocument() => new(new ByteArrayBuffer(_output.Array, _output.Length, isReadOnly: true));

    public void Dispose() => _output.Dispose();

    private static void WriteDocument(int index, EventDocuments documents, UpsertStamp? stamp, BsonOutput output)
    {
        var start = output.Begin();
        documents.WriteId(index, output);
        output.Write(documents.ElementsOf(index));
        stamp?.WriteElement(output);
        output.End(start);
    }

    // {q: {_id: key}, u: [{$replaceWith: {$cond: [is newer, {$literal: document}, "$$ROOT"]}}], upsert: true}
    private static void WriteUpsert(int index, EventDocuments documents, BsonOutput output)
    {
        var stamp = new UpsertStamp(documents.Batch[index].Event);
        var update = output.Begin();
        output.WriteElement(BsonKind.Document, "q"u8);
        var query = output.Begin();
        documents.WriteId(index, output);
        output.End(query);

        output.WriteElement(BsonKind.List, "u"u8);
        var pipeline = output.Begin();
        output.WriteElement(BsonKind.Document, 0);
        var stage = output.Begin();
        output.WriteElement(BsonKind.Document, "$replaceWith"u8);
        var expression = output.Begin();
        output.WriteElement(BsonKind.List, "$cond"u8);
        var choice = output.Begin();
        stamp.WriteIsNewer(0, output);
        output.WriteElement(BsonKind.Document, 1);
        var literal = output.Begin();
        output.WriteElement(BsonKind.Document, "$literal"u8);
        WriteDocument(index, documents, stamp, output);
        output.End(literal);
        output.WriteElement(BsonKind.Text, 2);
        output.WriteString("$$ROOT"u8);
        output.End(choice);
        output.End(expression);
        output.End(stage);
        output.End(pipeline);

        output.WriteElement(BsonKind.Boolean, "upsert"u8);
        output.WriteByte(1);
        output.End(update);
    }
}
