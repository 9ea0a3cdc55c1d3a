using System.Text.Json.Nodes;

namespace Postrider.Tests.OpenApi;

/// <summary>One method of one path of a document.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonObject Node, IReadOnlyList<JsonObject> Parameters)
{
    public override string ToString() => $"{Method} {Path}";
}
