using System.ComponentModel;
using System.Globalization;
using Postrider.Configuration;

namespace Postrider.Destinations.MongoDb;

/// <summary>What the user wrote for a destination of type <c>mongodb</c>.</summary>
public sealed record MongoDbSettings
{
    /// <summary>The connection string, credentials and TLS in it: <c>mongodb://</c> or <c>mongodb+srv://</c>.</summary>
    [Secret(IsAddress = true)]
    [Description("The connection string with credentials and TLS, as mongodb://user:${PASSWORD}@db.example.com/?tls=true or mongodb+srv://….")]
    public required string Connection { get; init; }

    /// <summary>The database's name.</summary>
    [Description("The name of the database.")]
    public required string Database { get; init; }

    /// <summary>The collection's name; may hold <c>{type}</c>, <c>{source}</c>, <c>{year}</c>, <c>{month}</c> and <c>{day}</c> of the event.</summary>
    [Description("The name of the collection. May hold {type}, {source}, {year}, {month} and {day} of the event, as events_{type}.")]
    public required string Collection { get; init; }

    /// <summary>A document for each event, or one for each key. Default insert.</summary>
    [Description("insert: a document for each event. upsert: one document for each value of the key, replaced by newer events.")]
    public MongoDbMode Mode { get; init; } = MongoDbMode.Insert;

    /// <summary>For upsert: the event's field whose value becomes the document's <c>_id</c>, as <c>userId</c> or <c>payload.orderId</c>.</summary>
    [Description("For upsert: the field whose value becomes the _id of the document, as userId or payload.orderId.")]
    public string? Key { get; init; }

    /// <summary>What the server must have done before a write counts as delivered.</summary>
    [Description("What the server must have done before a write counts as delivered.")]
    public MongoDbWriteConcern WriteConcern { get; init; } = new();

    /// <summary>How many events are written together.</summary>
    [Description("How many events are written together.")]
    public MongoDbBatch Batch { get; init; } = new();

    /// <summary>Indexes that are created before the first event of a collection.</summary>
    [Description("Indexes that are created before the first event of a collection is written.")]
    public IReadOnlyList<MongoDbIndex> Indexes { get; init; } = [];

    /// <summary>Without the connection string, which holds credentials.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"MongoDbSettings {{ Database = {Database}, Collection = {Collection}, Mode = {Mode}, Key = {Key}, W = {WriteConcern.W}, Batch = {Batch.MaxEvents}, Indexes = {Indexes.Count} }}");
}
