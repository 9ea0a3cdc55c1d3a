using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>How far JSON may go.</summary>
internal static class JsonLimits
{
    /// <summary>Levels of an event.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many levels more a batch has: the root, and the list of its events.</summary>
    public const int BatchDepth = 2;

    /// <summary>Whether a document, otherwise valid, keeps to the levels of an event.</summary>
    public static bool HasDepth(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
