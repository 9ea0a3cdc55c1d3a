using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Driver;
using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Testing;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A MongoDB server in this process that takes documents, or does not.</summary>
internal sealed class MongoDbReceiver : ConformanceReceiver
{
    private const string Database = "postrider";
    private const int Stepped = 10107;
    private const int Invalid = 121;

    private static readonly string[] Writes = ["insert", "update"];

    private readonly WireServer _server = new();
    private readonly HashSet<string> _refused = [];
    private readonly Func<MongoDbSettings, MongoDbSettings> _adjust;
    private readonly string _collection;
    private TaskCompletionSource _hanging = new();

    /// <param name="adjust">Makes the settings from the plain ones.</param>
    /// <param name="collection">The collection that they lead to.</param>
    public MongoDbReceiver(Func<MongoDbSettings, MongoDbSettings>? adjust = null, string collection = "events")
    {
        _adjust = adjust ?? (settings => settings);
        _collection = collection;
        _server.Commands.Refuse = document => _refused.Contains(IdOf(document)) ? Invalid : null;
    }

    public override object Settings => _adjust(new MongoDbSettings { Connection = _server.Connection, Database = Database, Collection = _collection });

    // The server in this process asks for no password; that none is printed is a test of the settings.
    public override IReadOnlyList<string> Secrets => [];

    public override ValueTask AcceptAsync()
    {
        _server.Forget();
        _hanging.TrySetResult();
        return ValueTask.CompletedTask;
    }

    public override ValueTask FailAsync()
    {
        foreach (var write in Writes)
        {
            _server.Plan(WireFault.Error(write, Stepped, "NotWritablePrimary", "RetryableWriteError") with { Times = int.MaxValue });
        }

        return ValueTask.CompletedTask;
    }

    public override ValueTask HangAsync()
    {
        _hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var write in Writes)
        {
            _server.Plan(new WireFault(write) { Times = int.MaxValue, Until = _hanging.Task });
        }

        return ValueTask.CompletedTask;
    }

    public override ValueTask<SampleEvent> RefuseAsync(SampleEvent sample)
    {
        _refused.Add(sample.Id!);
        return ValueTask.FromResult(sample);
    }

    public override async ValueTask<IReadOnlyList<ReceivedEvent>> ReadAsync()
    {
        using var client = new MongoClient(_server.Connection);
        var documents = await client.GetDatabase(Database).GetCollection<BsonDocument>(_collection).Find(FilterDefinition<BsonDocument>.Empty).ToListAsync();
        return [.. documents.Select(document => new ReceivedEvent(IdOf(document), document.ToJson(new JsonWriterSettings { OutputMode = JsonOutputMode.RelaxedExtendedJson })))];
    }

    public override async ValueTask DisposeAsync()
    {
        _hanging.TrySetResult();
        await _server.DisposeAsync();
    }

    // An upserted document has the value of its key as _id, and says which event it shows.
    private static string IdOf(BsonDocument document) =>
        document.TryGetValue("_postrider", out var stamp) ? stamp["event"].AsString : document["_id"].AsString;
}
