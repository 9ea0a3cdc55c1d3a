using System.Text;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Puts what was given up into the API's words.</summary>
internal static class LetterReports
{
    public static DeadLetterReport Describe(ListedDeadLetter listed) => new()
    {
        EventId = listed.EventId,
        Destination = listed.Destination,
        Class = listed.Letter.Class,
        ErrorClass = listed.Letter.Error.Class,
        Status = listed.Letter.Error.Status,
        Message = listed.Letter.Error.Message,
        Answer = Encoding.UTF8.GetString(listed.Letter.Answer.Span),
        FirstAttempt = listed.Letter.FirstAttempt,
        LastAttempt = listed.Letter.LastAttempt,
        Attempts = listed.Letter.Attempts,
        At = listed.Letter.At,
        Key = listed.Letter.Key,
        Type = listed.Letter.Type,
        Blocking = listed.Letter.Blocking,
    };

    public static SkippedRangeReport Describe(SkippedRange skipped) => new()
    {
        Id = skipped.Id,
        Destination = skipped.Range.Destination,
        From = skipped.Range.From,
        Before = skipped.Range.Before,
        Events = skipped.Range.Events,
        Reason = skipped.Range.Reason,
        At = skipped.Range.At,
    };

    public static RejectedEventReport Describe(RejectedIngest rejected) => new()
    {
        Source = rejected.Source,
        At = rejected.At,
        Reason = rejected.Reason,
        Body = Encoding.UTF8.GetString(rejected.Body.Span),
    };
}
