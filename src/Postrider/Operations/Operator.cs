namespace Postrider.Operations;

/// <summary>Who asks.</summary>
/// <param name="Name">For the audit log: the name that a trusted proxy gave, <c>token</c>, or <c>local</c> where loopback needs none.</param>
/// <param name="Role">What they may do.</param>
public sealed record Operator(string Name, OperatorRole Role)
{
    /// <summary>The address they come from; null: unknown, or none.</summary>
    public string? From { get; init; }

    /// <summary>Whoever may send signals to the process.</summary>
    public static Operator Signal { get; } = new("signal", OperatorRole.Operator);
}
