namespace Postrider.Operations;

/// <summary>The answer of <c>/health/ready</c>.</summary>
/// <param name="Ready">Whether the server can do its work.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Warning">What an operator should look at although it can.</param>
internal sealed record ReadinessReport(bool Ready, string? Reason, string? Warning)
{
    public static ReadinessReport No(string reason) => new(false, reason, null);
}
