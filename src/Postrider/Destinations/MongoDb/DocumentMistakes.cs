namespace Postrider.Destinations.MongoDb;

/// <summary>Why an event can never be a document: known before anything is sent.</summary>
internal static class DocumentMistakes
{
    public static DeliveryResult NotJson { get; } = Of("the body is not JSON");

    public static DeliveryResult NotUnicode { get; } = Of("the body holds text that is not Unicode");

    public static DeliveryResult NulInName { get; } = Of("a member's name holds a NUL, which BSON cannot store");

    public static DeliveryResult MemberTwice { get; } = Of("a member is given twice in one object");

    public static DeliveryResult TooDeep { get; } = Of($"the body nests deeper than {JsonToBson.MaxDepth} levels");

    public static DeliveryResult NoKey { get; } = Of("the body has no value at the destination's key");

    public static DeliveryResult KeyOfWrongType { get; } = Of("the value at the destination's key is not a text, number, true or false");

    public static DeliveryResult TooLarge { get; } =
        DeliveryResult.Rejected("too-large", "the event is larger than a MongoDB document may be: 16 MiB, less 64 KiB for what stands around it");

    private static DeliveryResult Of(string reason) => DeliveryResult.Rejected("document", reason);
}
