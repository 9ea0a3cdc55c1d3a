using MongoDB.Bson;

namespace Postrider.Tests.Destinations.MongoDb.Wire;

/// <summary>Does what commands ask, on documents in memory.</summary>
internal sealed class WireCommands
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WireCollection> _collections = new(StringComparer.Ordinal);

    /// <summary>Asked for each document before it is written: the code of the error with which it is refused, or null.</summary>
    public Func<BsonDocument, int?> Refuse { get; set; } = static _ => null;

    /// <summary>Told of each update that was made, one after the other: what stood there before, which may be nothing, and what stands there now.</summary>
    public Action<BsonDocument?, BsonDocument> Updated { get; set; } = static (_, _) => { };

    /// <param name="message">The command.</param>
    /// <param name="most">How many documents a write may write before it breaks off.</param>
    public BsonDocument Run(WireMessage message, int most)
    {
        lock (_lock)
        {
            var body = message.Body;
            var name = body.GetElement(0).Name;
            return name switch
            {
                "hello" or "ismaster" or "isMaster" => Hello(),
                "ping" or "endSessions" or "buildInfo" => Ok(),
                "insert" => Write(message, "documents", most, (collection, document) => Insert(collection, document)),
                "update" => Write(message, "updates", most, Update),
                "find" => Find(body),
                "aggregate" => Aggregate(body),
                "createIndexes" => CreateIndexes(body),
                "listIndexes" => Cursor(body, CollectionOf(body).Indexes.Values),
                "dropDatabase" => Drop(body["$db"].AsString),
                _ => Error(59, "CommandNotFound"),
            };
        }
    }

    /// <summary>Copies of a collection's documents, in the order in which they came.</summary>
    public IReadOnlyList<BsonDocument> DocumentsOf(string database, string collection)
    {
        lock (_lock)
        {
            return _collections.TryGetValue($"{database}.{collection}", out var found) ? [.. found.Documents.Select(document => new BsonDocument(document))] : [];
        }
    }

    /// <summary>How many documents a collection has.</summary>
    public int CountOf(string database, string collection)
    {
        lock (_lock)
        {
            return _collections.TryGetValue($"{database}.{collection}", out var found) ? found.Count : 0;
        }
    }

    private static BsonDocument Hello() => new()
    {
        { "helloOk", true },
        { "ismaster", true },
        { "isWritablePrimary", true },
        { "maxBsonObjectSize", 16 << 20 },
        { "maxMessageSizeBytes", 48_000_000 },
        { "maxWriteBatchSize", 100_000 },
        { "logicalSessionTimeoutMinutes", 30 },
        { "minWireVersion", 0 },
        { "maxWireVersion", 21 },
        { "readOnly", false },
        { "ok", 1 },
    };

    private static BsonDocument Ok() => new("ok", 1);

    private static BsonDocument Error(int code, string name) => new() { { "ok", 0 }, { "code", code }, { "codeName", name }, { "errmsg", name } };

    private BsonDocument Write(WireMessage message, string member, int most, Func<WireCollection, BsonDocument, BsonDocument?> write)
    {
        var collection = CollectionOf(message.Body);
        var items = message.Sequences.TryGetValue(member, out var sequence) ? sequence : message.Body[member].AsBsonArray.Cast<BsonDocument>();
        var ordered = message.Body.GetValue("ordered", true).ToBoolean();
        var errors = new BsonArray();
        var written = 0;
        var index = 0;
        foreach (var item in items.Take(most))
        {
            if (write(collection, item) is { } error)
            {
                errors.Add(error.Add("index", index));
                if (ordered)
                {
                    break;
                }
            }
            else
            {
                written++;
            }

            index++;
        }

        var reply = new BsonDocument { { "n", written }, { "ok", 1 } };
        return errors.Count == 0 ? reply : reply.Add("writeErrors", errors);
    }

    private BsonDocument? Insert(WireCollection collection, BsonDocument document) =>
        Refuse(document) is { } code ? new BsonDocument { { "code", code }, { "errmsg", "planted-message" } } : collection.Write(document, mayReplace: false);

    private BsonDocument? Update(WireCollection collection, BsonDocument update)
    {
        var query = update["q"].AsBsonDocument;
        var stage = update["u"].AsBsonArray.Single().AsBsonDocument["$replaceWith"];
        var before = collection.Find(query["_id"]);
        var changed = WireExpression.Evaluate(stage, before ?? new BsonDocument(query)).AsBsonDocument;
        if (Refuse(changed) is { } code)
        {
            return new BsonDocument { { "code", code }, { "errmsg", "planted-message" } };
        }

        if (collection.Write(changed, mayReplace: true) is { } error)
        {
            return error;
        }

        Updated(before, changed);
        return null;
    }

    private BsonDocument Find(BsonDocument body)
    {
        var filter = body.GetValue("filter", new BsonDocument()).AsBsonDocument;
        var isIdOnly = body.TryGetValue("projection", out var projection) && projection.AsBsonDocument.ElementCount == 1 && projection.AsBsonDocument.Contains("_id");
        return Cursor(body, CollectionOf(body).Documents.Where(document => Fits(document, filter)).Select(document => isIdOnly ? new BsonDocument("_id", document["_id"]) : document));
    }

    // The count of what a $match leaves, as drivers ask for it.
    private BsonDocument Aggregate(BsonDocument body)
    {
        var stages = body["pipeline"].AsBsonArray.Cast<BsonDocument>().ToList();
        var match = stages.Where(stage => stage.Contains("$match")).Select(stage => stage["$match"].AsBsonDocument).FirstOrDefault() ?? [];
        var count = CollectionOf(body).Documents.Count(document => Fits(document, match));
        return Cursor(body, count == 0 ? [] : [new BsonDocument { { "_id", 1 }, { "n", count } }]);
    }

    private static bool Fits(BsonDocument document, BsonDocument filter) => filter.All(condition =>
    {
        var value = WireCollection.ValueAt(document, condition.Name);
        return condition.Value is BsonDocument { ElementCount: 1 } operation && operation.Contains("$in")
            ? operation["$in"].AsBsonArray.Contains(value)
            : value == condition.Value;
    });

    private BsonDocument CreateIndexes(BsonDocument body)
    {
        var collection = CollectionOf(body);
        foreach (var index in body["indexes"].AsBsonArray.Cast<BsonDocument>())
        {
            var name = index["name"].AsString;
            if (collection.Indexes.TryGetValue(name, out var known) && known["key"] != index["key"])
            {
                return Error(86, "IndexKeySpecsConflict");
            }

            if (index.GetValue("unique", false).ToBoolean() && collection.HasTwice(index["key"].AsBsonDocument))
            {
                return Error(11000, "DuplicateKey");
            }

            collection.Indexes[name] = index;
        }

        return Ok();
    }

    private BsonDocument Drop(string database)
    {
        foreach (var name in _collections.Keys.Where(name => name.StartsWith(database + ".", StringComparison.Ordinal)).ToList())
        {
            _collections.Remove(name);
        }

        return Ok();
    }

    private static BsonDocument Cursor(BsonDocument body, IEnumerable<BsonDocument> documents) => new()
    {
        { "cursor", new BsonDocument { { "id", 0L }, { "ns", $"{body["$db"]}.{body[0]}" }, { "firstBatch", new BsonArray(documents) } } },
        { "ok", 1 },
    };

    private WireCollection CollectionOf(BsonDocument body)
    {
        var name = $"{body["$db"]}.{body[0]}";
        return _collections.TryGetValue(name, out var found) ? found : _collections[name] = new WireCollection();
    }
}
