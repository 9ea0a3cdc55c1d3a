using System.Text.Json;
using System.Text.Json.Serialization;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Reads a server's status.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ServerStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
