using System.Globalization;
using MongoDB.Bson;

namespace Postrider.Destinations.MongoDb;

/// <summary>What is the same in all write commands of a destination.</summary>
internal sealed class WriteOptions(MongoDbSettings settings)
{
    public bool IsUpsert { get; } = settings.Mode == MongoDbMode.Upsert;

    public bool IsMajority { get; } = settings.WriteConcern.W == "majority";

    /// <summary>Where in the event the value is that becomes the _id of an upserted document.</summary>
    public byte[][]? KeyPath { get; } = settings is { Mode: MongoDbMode.Upsert, Key: { } key } ? BsonScan.PathOf(key) : null;

    /// <summary>The document <c>{w, j, wtimeout}</c> as BSON.</summary>
    public byte[] WriteConcern { get; } = Encode(settings.WriteConcern);

    private static byte[] Encode(MongoDbWriteConcern concern)
    {
        BsonValue w = int.TryParse(concern.W, NumberStyles.None, CultureInfo.InvariantCulture, out var members) ? members : concern.W;
        var document = new BsonDocument { { "w", w }, { "wtimeout", (long)concern.Timeout.TotalMilliseconds } };
        if (concern.Journal is { } journal)
        {
            document.Add("j", journal);
        }

        return document.ToBson();
    }
}
