using MongoDB.Bson;

namespace Postrider.Tests.Destinations.MongoDb.Wire;

/// <summary>The documents of a collection in the order in which they came, and its unique indexes.</summary>
internal sealed class WireCollection
{
    private readonly Dictionary<BsonValue, BsonDocument> _byId = [];
    private readonly List<BsonValue> _order = [];

    public Dictionary<string, BsonDocument> Indexes { get; } = new(StringComparer.Ordinal);

    public int Count => _order.Count;

    public IEnumerable<BsonDocument> Documents => _order.Select(id => _byId[id]);

    public BsonDocument? Find(BsonValue id) => _byId.GetValueOrDefault(id);

    /// <summary>Writes a document, in place of the one of its _id where that is allowed. Null, or the error.</summary>
    public BsonDocument? Write(BsonDocument document, bool mayReplace)
    {
        var id = document["_id"];
        var exists = _byId.ContainsKey(id);
        if (exists && !mayReplace)
        {
            return Duplicate(new BsonDocument("_id", 1), "_id_");
        }

        foreach (var (name, index) in Indexes.Where(index => index.Value.GetValue("unique", false).ToBoolean()))
        {
            var keys = index["key"].AsBsonDocument;
            if (Documents.Any(other => other["_id"] != id && ValuesOf(other, keys).SequenceEqual(ValuesOf(document, keys))))
            {
                return Duplicate(keys, name);
            }
        }

        _byId[id] = document;
        if (!exists)
        {
            _order.Add(id);
        }

        return null;
    }

    /// <summary>Whether two documents have the same values in these fields.</summary>
    public bool HasTwice(BsonDocument keys) =>
        Documents.Select(document => string.Join('|', ValuesOf(document, keys))).GroupBy(text => text).Any(group => group.Count() > 1);

    public static BsonValue ValueAt(BsonDocument document, string path)
    {
        BsonValue value = document;
        foreach (var part in path.Split('.'))
        {
            if (value is not BsonDocument inner || !inner.TryGetValue(part, out value))
            {
                return BsonUndefined.Value;
            }
        }

        return value;
    }

    private static IEnumerable<BsonValue> ValuesOf(BsonDocument document, BsonDocument keys) => keys.Names.Select(path => ValueAt(document, path));

    private static BsonDocument Duplicate(BsonDocument keys, string name) => new()
    {
        { "code", 11000 },
        { "keyPattern", keys },
        { "errmsg", $"E11000 duplicate key error index: {name} dup key: planted-message" },
    };
}
