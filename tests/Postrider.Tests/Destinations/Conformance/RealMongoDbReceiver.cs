using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Driver;
using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A real MongoDB server behind a relay that cuts and holds; a validation rule refuses.</summary>
internal sealed class RealMongoDbReceiver : ConformanceReceiver
{
    private const string Collection = "events";

    private readonly string _name = $"postrider_test_{Guid.NewGuid():N}";
    private readonly MongoClient _client;
    private readonly TcpRelay _relay;
    private readonly string _connection;
    private readonly BsonArray _refused = [];

    private RealMongoDbReceiver(string connection)
    {
        var url = new MongoUrlBuilder(connection);
        _client = new MongoClient(connection);
        _relay = new TcpRelay(url.Server.Host, url.Server.Port);

        // The relay is one address: what the server says of its other members would lead past it.
        url.Server = new MongoServerAddress("127.0.0.1", _relay.Port);
        url.ReplicaSetName = null;
        url.DirectConnection = true;
        _connection = url.ToString();
    }

    public override object Settings => new MongoDbSettings { Connection = _connection, Database = _name, Collection = Collection };

    public override IReadOnlyList<string> Secrets => new MongoUrl(_connection).Password is { Length: > 0 } password ? [password] : [];

    public static async Task<RealMongoDbReceiver> StartAsync(string connection)
    {
        var receiver = new RealMongoDbReceiver(connection);
        await receiver.RunAsync("create");
        return receiver;
    }

    public override ValueTask AcceptAsync()
    {
        _relay.HandOn();
        return ValueTask.CompletedTask;
    }

    public override ValueTask FailAsync()
    {
        _relay.Cut();
        return ValueTask.CompletedTask;
    }

    public override ValueTask HangAsync()
    {
        _relay.Hold();
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<SampleEvent> RefuseAsync(SampleEvent sample)
    {
        _refused.Add(sample.Id!);
        await RunAsync("collMod");
        return sample;
    }

    public override async ValueTask<IReadOnlyList<ReceivedEvent>> ReadAsync()
    {
        var documents = await _client.GetDatabase(_name).GetCollection<BsonDocument>(Collection).Find(FilterDefinition<BsonDocument>.Empty).ToListAsync();
        return [.. documents.Select(document => new ReceivedEvent(document["_id"].AsString, document.ToJson(new JsonWriterSettings { OutputMode = JsonOutputMode.RelaxedExtendedJson })))];
    }

    public override async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _client.DropDatabaseAsync(_name);
        _client.Dispose();
    }

    private Task<BsonDocument> RunAsync(string command) => _client.GetDatabase(_name).RunCommandAsync<BsonDocument>(new BsonDocument
    {
        { command, Collection },
        { "validator", new BsonDocument("_id", new BsonDocument("$nin", _refused)) },
    });
}
