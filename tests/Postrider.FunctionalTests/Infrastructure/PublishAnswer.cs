using System.Net;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>What the gateway answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Id">The event's id, of a success.</param>
/// <param name="RetryAfter">When to come again, of a refusal.</param>
/// <param name="Body">The whole answer.</param>
internal sealed record PublishAnswer(HttpStatusCode Status, string? Id, TimeSpan? RetryAfter, string Body)
{
    public bool IsAccepted => Status == HttpStatusCode.OK;
}
