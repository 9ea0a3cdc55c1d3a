using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>The answers of the admin API, with their serialisers made at compile time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AdminErrorAnswer))]
[JsonSerializable(typeof(AttemptList))]
[JsonSerializable(typeof(AttemptReport))]
[JsonSerializable(typeof(AuditList))]
[JsonSerializable(typeof(ConfigReport))]
[JsonSerializable(typeof(DeadLetterList))]
[JsonSerializable(typeof(DeletedReport))]
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(EventList))]
[JsonSerializable(typeof(EventSummary))]
[JsonSerializable(typeof(HistoryReport))]
[JsonSerializable(typeof(LivenessAnswer))]
[JsonSerializable(typeof(ReadinessReport))]
[JsonSerializable(typeof(RejectedEventList))]
[JsonSerializable(typeof(ReloadAnswer))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(ReplayList))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(SkippedRangeList))]
[JsonSerializable(typeof(SkipReport))]
[JsonSerializable(typeof(SourceList))]
[JsonSerializable(typeof(SourceTestReport))]
[JsonSerializable(typeof(TailItem))]
[JsonSerializable(typeof(TestReport))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>
    /// Letters of all scripts and quotes as they are: people read these answers with curl. Nothing of HTML is escaped, which is safe
    /// because every answer says that it is JSON and must not be taken for anything else.
    /// </summary>
    public static AdminJson Readable { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
