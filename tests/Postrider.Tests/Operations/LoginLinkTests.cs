using Postrider.Configuration;
using Postrider.Operations.Access;
using Postrider.Tests.Gateway;

namespace Postrider.Tests.Operations;

/// <summary>What pages of other sites can do with a login: nothing, not even lead away from it.</summary>
public sealed class LoginLinkTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("//evil.example/?a=1")]
    public async Task Link_FromElsewhereToAPathThatNamesAHost_StaysHere(string target)
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Address);

        await connection.SendAsync(
            $"GET {target} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nAccept: text/html\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n");
        var answer = await connection.ReadToEndAsync();

        // A page that leads on leads to a path of ours: one that begins with a single slash, and no backslash.
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Matches("content=\"0; url=/(?![/\\\\])[^\"\\\\]*\"", answer);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("https://evil.example/")]
    public async Task Form_ThatComesFromElsewhere_DoesNotLeadAway(string returnUrl)
    {
        await using var server = await StartAsync();
        using var request = Form(returnUrl);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Contains(answer.Headers.Location?.OriginalString, (string?[])[null, "/"]);
        Assert.DoesNotContain("evil", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    public async Task LoginPage_OfWhoIsLoggedIn_DoesNotLeadAway(string returnUrl)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/login?returnUrl=" + Uri.EscapeDataString(returnUrl));
        request.Headers.Add("Cookie", await CookieAsync(server));
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal("/", answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("logout")]
    [InlineData("twelve hours")]
    public async Task Tail_WhoseLoginEnds_EndsToo(string how)
    {
        await using var server = await StartAsync();
        var cookie = await CookieAsync(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tail");
        request.Headers.Add("Cookie", cookie);
        using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal(":", await reader.ReadLineAsync(Cancellation));

        if (how == "logout")
        {
            using var logout = new HttpRequestMessage(HttpMethod.Post, "/logout");
            logout.Headers.Add("Cookie", cookie);
            logout.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
            using var left = await server.Client.SendAsync(logout, Cancellation);
            Assert.Equal(303, (int)left.StatusCode);
        }
        else
        {
            server.Time.Advance(Sessions.Life);
        }

        // The connection is cut; what comes until then are the beats.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation) is not null)
            {
            }
        });
        await Delivery.Eventually.TrueAsync("nobody listens", () => !server.Journal.Tail.HasListeners);
    }

    private static Task<AdminServer> StartAsync() =>
        AdminServer.StartAsync(config => config with { Admin = new AdminConfig { Token = "operator-token" } }, map: AdminServer.MapPage);

    private static HttpRequestMessage Form(string returnUrl) => new(HttpMethod.Post, "/login")
    {
        Content = new FormUrlEncodedContent([new KeyValuePair<string, string>("token", "operator-token"), new KeyValuePair<string, string>("returnUrl", returnUrl)]),
    };

    private static async Task<string> CookieAsync(AdminServer server)
    {
        using var request = Form("/");
        request.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        using var answer = await server.Client.SendAsync(request, Cancellation);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }
}
