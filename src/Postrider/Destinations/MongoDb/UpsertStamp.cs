using Postrider.Events;

namespace Postrider.Destinations.MongoDb;

/// <summary>What an upserted document says of the event that it shows, and the condition under which another event may replace it.</summary>
/// <remarks>
/// Within one log, generation and position tell which event is newer. A log that was wiped begins anew at position 1: between two logs
/// the time of receiving decides, or a new log could never replace what an old one wrote.
/// </remarks>
internal readonly struct UpsertStamp
{
    public const string Name = "_postrider";

    private readonly Event _event;
    private readonly string _log;

    public UpsertStamp(Event item)
    {
        _event = item;
        _log = EventIdFormat.TryParse(item.Id, out var log, out _) ? log : "";
    }

    public static ReadOnlySpan<byte> NameUtf8 => "_postrider"u8;

    /// <summary>The element <c>_postrider: {event, log, generation, position, receivedAt}</c>.</summary>
    public void WriteElement(BsonOutput output)
    {
        output.WriteElement(BsonKind.Document, NameUtf8);
        var start = output.Begin();
        WriteText("event"u8, _event.Id, output);
        WriteText("log"u8, _log, output);
        WriteInt64("generation"u8, _event.Place.Generation, output);
        WriteInt64("position"u8, _event.Place.Position, output);
        output.WriteElement(BsonKind.DateTime, "receivedAt"u8);
        output.WriteInt64(_event.ReceivedAt.ToUnixTimeMilliseconds());
        output.End(start);
    }

    /// <summary>The element <c>{name}: {$cond: [newer, …]}</c> up to its condition; missing fields are less than any value.</summary>
    /// <remarks>
    /// <c>{$switch: {branches: [{case: {$ne: ["$_postrider.log", log]}, then: {$lte: ["$_postrider.receivedAt", at]}},
    /// {case: {$eq: ["$_postrider.generation", g]}, then: {$lt: ["$_postrider.position", p]}}],
    /// default: {$lt: ["$_postrider.generation", g]}}}</c>
    /// </remarks>
    public void WriteIsNewer(int index, BsonOutput output)
    {
        output.WriteElement(BsonKind.Document, index);
        var condition = output.Begin();
        output.WriteElement(BsonKind.Document, "$switch"u8);
        var choice = output.Begin();
        output.WriteElement(BsonKind.List, "branches"u8);
        var branches = output.Begin();

        output.WriteElement(BsonKind.Document, 0);
        var other = output.Begin();
        var compare = BeginCompare("case"u8, "$ne"u8, "$_postrider.log"u8, BsonKind.Text, output);
        output.WriteString(_log);
        EndCompare(compare, output);
        compare = BeginCompare("then"u8, "$lte"u8, "$_postrider.receivedAt"u8, BsonKind.DateTime, output);
        output.WriteInt64(_event.ReceivedAt.ToUnixTimeMilliseconds());
        EndCompare(compare, output);
        output.End(other);

        output.WriteElement(BsonKind.Document, 1);
        var same = output.Begin();
        WriteNumberCompare("case"u8, "$eq"u8, "$_postrider.generation"u8, _event.Place.Generation, output);
        WriteNumberCompare("then"u8, "$lt"u8, "$_postrider.position"u8, _event.Place.Position, output);
        output.End(same);

        output.End(branches);
        WriteNumberCompare("default"u8, "$lt"u8, "$_postrider.generation"u8, _event.Place.Generation, output);
        output.End(choice);
        output.End(condition);
    }

    private static void WriteNumberCompare(ReadOnlySpan<byte> name, ReadOnlySpan<byte> comparison, ReadOnlySpan<byte> field, long value, BsonOutput output)
    {
        var compare = BeginCompare(name, comparison, field, BsonKind.Int64, output);
        output.WriteInt64(value);
        EndCompare(compare, output);
    }

    private static (int Document, int List) BeginCompare(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> comparison, ReadOnlySpan<byte> field, BsonKind kind, BsonOutput output)
    {
        output.WriteElement(BsonKind.Document, name);
        var document = output.Begin();
        output.WriteElement(BsonKind.List, comparison);
        var list = output.Begin();
        output.WriteElement(BsonKind.Text, 0);
        output.WriteString(field);
        output.WriteElement(kind, 1);
        return (document, list);
    }

    private static void EndCompare((int Document, int List) compare, BsonOutput output)
    {
        output.End(compare.List);
        output.End(compare.Document);
    }

    private static void WriteText(ReadOnlySpan<byte> name, string text, BsonOutput output)
    {
        output.WriteElement(BsonKind.Text, name);
        output.WriteString(text);
    }

    private static void WriteInt64(ReadOnlySpan<byte> name, long value, BsonOutput output)
    {
        output.WriteElement(BsonKind.Int64, name);
        output.WriteInt64(value);
    }
}
