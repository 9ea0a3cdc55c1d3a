namespace Postrider.Operations;

/// <summary>What is left for readers: states, figures and errors, but nothing of what events and receivers say.</summary>
public static class ReaderViews
{
    /// <summary>Without the body, the headers that were kept, and what receivers answered.</summary>
    public static EventAnswer WithoutPayload(this EventAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer with { Headers = null, Body = null, BodyText = null, Destinations = [.. answer.Destinations.Select(destination => destination with { Answer = null })] };
    }

    /// <summary>Without what receivers answered.</summary>
    public static DeadLetterList WithoutPayload(this DeadLetterList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        return list with { Items = [.. list.Items.Select(letter => letter with { Answer = "" })] };
    }

    /// <summary>Without what was received.</summary>
    public static RejectedEventList WithoutPayload(this RejectedEventList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        return list with { Items = [.. list.Items.Select(rejected => rejected with { Body = "" })] };
    }

    /// <summary>Without what the receiver answered.</summary>
    public static TailItem WithoutPayload(this TailItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item with { Attempt = item.Attempt?.WithoutPayload() };
    }

    /// <summary>Without what the receiver answered.</summary>
    public static AttemptReport WithoutPayload(this AttemptReport attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return attempt with { Answer = null };
    }
}
