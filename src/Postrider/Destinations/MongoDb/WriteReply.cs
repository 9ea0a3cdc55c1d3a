using MongoDB.Bson;

namespace Postrider.Destinations.MongoDb;

/// <summary>What a write command's answer says: up to where it came, and what stood in the way.</summary>
/// <param name="FailedAt">Which of the command's events failed; null: none. Those before it are written, those behind it were not tried.</param>
/// <param name="Code">The server's code of that failure.</param>
/// <param name="Message">The server's message, which may repeat parts of the event.</param>
/// <param name="IsDuplicateId">It is a duplicate of <c>_id</c>, and not of another unique index.</param>
/// <param name="ConcernCode">The code of a write concern that was not met; null: it was.</param>
/// <param name="IsTransient">The server labels the failure as one that a repeat may cure.</param>
internal sealed record WriteReply(int? FailedAt, int Code, string Message, bool IsDuplicateId, int? ConcernCode, bool IsTransient = false)
{
    public const int DuplicateKey = 11000;

    private static readonly WriteReply Clean = new(null, 0, "", false, null);

    public static WriteReply Read(BsonDocument reply)
    {
        int? concern = reply.TryGetValue("writeConcernError", out var failure) ? CodeOf(failure.AsBsonDocument) : null;
        if (!reply.TryGetValue("writeErrors", out var errors) || errors.AsBsonArray.Count == 0)
        {
            return concern is null ? Clean : Clean with { ConcernCode = concern };
        }

        var error = errors.AsBsonArray[0].AsBsonDocument;
        var message = error.GetValue("errmsg", "").ToString()!;
        var code = CodeOf(error);
        return new WriteReply(error["index"].ToInt32(), code, message, code == DuplicateKey && IsOfId(error, message), concern, HasTransientLabel(reply));
    }

    // Servers before 4.4 only write the index's name into the message.
    private static bool IsOfId(BsonDocument error, string message) => error.TryGetValue("keyPattern", out var pattern)
        ? pattern.AsBsonDocument is { ElementCount: 1 } keys && keys.Contains("_id")
        : message.Contains(" _id_ ", StringComparison.Ordinal);

    private static bool HasTransientLabel(BsonDocument reply) => reply.TryGetValue("errorLabels", out var labels)
        && labels.AsBsonArray.Any(label => label == "RetryableWriteError" || label == "TransientTransactionError");

    private static int CodeOf(BsonDocument error) => error.GetValue("code", 0).ToInt32();
}
