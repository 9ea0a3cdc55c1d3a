namespace Postrider.WebConsole.Live;

/// <summary>How much a destination needs someone; worse ones are smaller, so that they sort first.</summary>
public enum Urgency
{
    /// <summary>It fails, or waits for someone to do something.</summary>
    Trouble,

    /// <summary>It is late, retries, or was stopped by someone.</summary>
    Watch,

    /// <summary>Events arrive as they come in.</summary>
    Fine,
}
