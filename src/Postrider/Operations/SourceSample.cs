using System.Text.Json.Nodes;
using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>An event that a source takes: with a user, and with every field that the source demands.</summary>
internal static class SourceSample
{
    private const string Text = "postrider-test";

    public static byte[] Make(SourceConfig source)
    {
        var sample = new JsonObject { ["userId"] = Text, ["payload"] = new JsonObject { ["test"] = true } };
        var key = source.Key == SourceConfig.NoKey ? [] : source.Key.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(1);
        foreach (var field in source.Required.Concat(key))
        {
            Fill(sample, field.Split('.'));
        }

        return System.Text.Encoding.UTF8.GetBytes(sample.ToJsonString());
    }

    private static void Fill(JsonObject at, string[] names)
    {
        foreach (var name in names[..^1])
        {
            if (at[name] is not JsonObject inner)
            {
                // A field that is a text and holds another cannot be; the deeper one is the one that is asked for.
                inner = [];
                at[name] = inner;
            }

            at = inner;
        }

        at[names[^1]] ??= Text;
    }
}
