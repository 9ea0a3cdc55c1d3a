namespace Postrider.Operations;

/// <summary>How an event's last attempt failed.</summary>
internal sealed record EventErrorAnswer(string Class, int? Status, string Message);
