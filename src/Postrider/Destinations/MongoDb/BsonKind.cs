namespace Postrider.Destinations.MongoDb;

/// <summary>The element types of BSON that JSON has values for, and those that commands need.</summary>
internal enum BsonKind : byte
{
    Double = 1,
    Text = 2,
    Document = 3,
    List = 4,
    Boolean = 8,
    DateTime = 9,
    Null = 10,
    Int32 = 16,
    Int64 = 18,
}
