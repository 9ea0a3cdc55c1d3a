using Postrider.WebConsole.Live;

namespace Postrider.WebConsole.Parts;

/// <summary>Which colour goes with what: always beside a word that says the same.</summary>
internal static class Tones
{
    public const string Bad = "bad";
    public const string Warn = "warn";
    public const string Good = "good";
    public const string Off = "off";
    public const string Info = "info";
    public const string Plain = "plain";

    public static string Of(Standing standing) => standing switch
    {
        { Report.State: "paused" or "disabled" } => Off,
        { Urgency: Urgency.Trouble } => Bad,
        { Urgency: Urgency.Watch } => Warn,
        _ => Good,
    };

    /// <summary>Of an attempt's outcome.</summary>
    public static string OfOutcome(string outcome) => outcome switch
    {
        "delivered" => Good,
        "rejected" => Bad,
        "retry" => Warn,
        _ => Plain,
    };

    /// <summary>Of an event's state at a destination.</summary>
    public static string OfStory(string state) => state switch
    {
        "delivered" => Good,
        "dead-letter" or "given-up" or "dead-letter-deleted" => Bad,
        "parked" => Warn,
        "pending" or "in-flight" => Info,
        _ => Plain,
    };

    /// <summary>Of a replay's state.</summary>
    public static string OfReplay(string state) => state switch
    {
        "running" => Info,
        "done" => Good,
        "failed" => Bad,
        _ => Off,
    };
}
