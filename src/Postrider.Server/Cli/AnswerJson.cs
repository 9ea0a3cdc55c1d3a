using System.Text.Json;
using System.Text.Json.Serialization;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Reads a server's answers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AttemptReport[]))]
[JsonSerializable(typeof(DeadLetterList))]
[JsonSerializable(typeof(DeletedReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(EventList))]
[JsonSerializable(typeof(RejectedEventList))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(ReplayList))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(SkippedRangeList))]
[JsonSerializable(typeof(SkipReport))]
[JsonSerializable(typeof(TailItem))]
[JsonSerializable(typeof(TestReport))]
internal sealed partial class AnswerJson : JsonSerializerContext;
