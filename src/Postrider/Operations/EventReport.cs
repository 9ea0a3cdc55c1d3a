using System.Text;
using System.Text.Json;
using Postrider.Delivery;

namespace Postrider.Operations;

/// <summary>Puts an event's story into the API's words.</summary>
internal static class EventReport
{
    /// <summary>Most of a body that is shown.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    public static EventAnswer Describe(EventStory story, bool withBody)
    {
        var answer = new EventAnswer
        {
            Id = story.Id,
            Partition = story.Place.Partition,
            Generation = story.Place.Generation,
            Position = story.Place.Position,
            Held = story.Event is not null,
            Source = story.Event?.Source,
            Key = story.Event?.Key,
            Type = story.Event?.Type,
            ReceivedAt = story.Event?.ReceivedAt,
            RequestedDestinations = story.Event?.RequestedDestinations,
            ExcludedDestinations = story.Event?.ExcludedDestinations is { Count: > 0 } excluded ? excluded : null,
            Unrouted = story.Destinations.All(destination => destination.State == "not-routed"),
            Headers = story.Event?.KeptHeaders is { Count: > 0 } headers ? headers.ToDictionary(header => header.Key, header => header.Value) : null,
            BodyBytes = story.Event?.Body.Length,
            Destinations = [.. story.Destinations.Select(Describe)],
        };

        return withBody && story.Event is { } held ? AddBody(answer, held.Body) : answer;
    }

    private static EventDestinationAnswer Describe(DestinationStory story) => new()
    {
        Name = story.Destination,
        State = story.State,
        Reason = story.Reason,
        Attempts = story.Attempts,
        NextAttempt = story.NextAttempt,
        LastError = story.LastError is { } error ? new EventErrorAnswer(error.Class, error.Status, error.Message) : null,
        Answer = story.Answer,
    };

    private static EventAnswer AddBody(EventAnswer answer, ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaxBodyBytes)
        {
            return answer with { BodyText = Encoding.UTF8.GetString(body.Span[..FindCut(body.Span)]) };
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return answer with { Body = document.RootElement.Clone() };
        }
        catch (JsonException)
        {
            return answer with { BodyText = Encoding.UTF8.GetString(body.Span) };
        }
    }

    /// <summary>At most <see cref="MaxBodyBytes"/>, without half a character at the end.</summary>
    private static int FindCut(ReadOnlySpan<byte> body)
    {
        var cut = MaxBodyBytes;
        while (cut > MaxBodyBytes - 4 && (body[cut] & 0xC0) == 0x80)
        {
            cut--;
        }

        return cut;
    }
}
