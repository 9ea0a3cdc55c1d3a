using MongoDB.Bson;

namespace Postrider.Tests.Destinations.MongoDb.Wire;

/// <summary>What happens to the next commands of a name in place of, or beside, what they ask for.</summary>
internal sealed record WireFault(string Command)
{
    /// <summary>How many commands it strikes.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The answer, in place of doing anything.</summary>
    public BsonDocument? Answer { get; init; }

    /// <summary>How many documents are written before the connection is cut without an answer; null: it is not cut.</summary>
    public int? CutAfter { get; init; }

    /// <summary>What stands beside the answer to what was done.</summary>
    public BsonDocument? WriteConcernError { get; init; }

    /// <summary>The answer waits for this, which may never come.</summary>
    public Task? Until { get; init; }

    /// <summary>An error as the server words it.</summary>
    public static WireFault Error(string command, int code, string name, params string[] labels) => new(command)
    {
        Answer = new BsonDocument
        {
            { "ok", 0 },
            { "code", code },
            { "codeName", name },
            { "errmsg", "planted-message" },
            { "errorLabels", new BsonArray(labels) },
        },
    };
}
