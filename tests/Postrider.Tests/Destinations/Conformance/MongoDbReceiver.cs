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
    private const string Collection = "events";
    private const int Stepped = 10107;
    private const int Invalid = 121;

    private readonly WireServer _server = new();
    private readonly HashSet<string> _refused = [];
    private TaskCompletionSource _hanging = new();

    public MongoDbReceiver() => _server.Commands.Refuse = document => _refused.Contains(document["_id"].AsString) ? Invalid : null;

    public override object Settings => new MongoDbSettings { Connection = _server.Connection, Database = Database, Collection = Collection };

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
        _server.Plan(WireFault.Error("insert", Stepped, "NotWritablePrimary", "RetryableWriteError") with { Times = int.MaxValue });
        return ValueTask.CompletedTask;
    }

    public override ValueTask HangAsync()
    {
        _hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Plan(new WireFault("insert") { Times = int.MaxValue, Until = _hanging.Task });
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
        var documents = await client.GetDatabase(Database).GetCollection<BsonDocument>(Collection).Find(FilterDefinition<BsonDocument>.Empty).ToListAsync();
        return [.. documents.Select(document => new ReceivedEvent(document["_id"].AsString, document.ToJson(new JsonWriterSettings { OutputMode = JsonOutputMode.RelaxedExtendedJson })))];
    }

    public override async ValueTask DisposeAsync()
    {
        _hanging.TrySetResult();
        await _server.DisposeAsync();
    }
}
