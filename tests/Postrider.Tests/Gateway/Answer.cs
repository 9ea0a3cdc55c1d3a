using System.Net;

namespace Postrider.Tests.Gateway;

/// <summary>A response, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public static async Task<Answer> FromAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer(response.StatusCode, body, headers);
    }

    public void AssertError(HttpStatusCode status, string message)
    {
        Assert.Equal((status, $$"""{"success":false,"message":"{{message}}"}"""), (Status, Body));
        Assert.Equal("application/json", Headers["Content-Type"]);
    }
}
