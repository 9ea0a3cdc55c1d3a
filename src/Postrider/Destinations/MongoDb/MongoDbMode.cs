namespace Postrider.Destinations.MongoDb;

/// <summary>What becomes of an event in the collection.</summary>
public enum MongoDbMode
{
    /// <summary>A document of its own, whose <c>_id</c> is the event's id.</summary>
    Insert,

    /// <summary>The one document of its key: the newest event replaces it.</summary>
    Upsert,
}
