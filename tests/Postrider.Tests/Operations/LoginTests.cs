using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Postrider.Configuration;
using Postrider.Operations.Access;

namespace Postrider.Tests.Operations;

/// <summary>Browsers: logging in and out, what a login is good for, and how it ends.</summary>
public sealed class LoginTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("operator-token", "token Operator 127.0.0.1 True True")]
    [InlineData("read-token", "read-token Reader 127.0.0.1 False True")]
    public async Task Login_WithAToken_LeadsBackAndIsKnownByItsCookie(string token, string expected)
    {
        await using var server = await StartAsync();

        using var answer = await LogInAsync(server, token, "/page?x=1");

        Assert.Equal((303, "/page?x=1"), ((int)answer.StatusCode, answer.Headers.Location!.OriginalString));
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; max-age=43200", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(token, cookie, StringComparison.Ordinal);
        Assert.Equal((200, expected), await GetPageAsync(server, Pair(cookie)));
    }

    [Fact]
    public async Task Login_BehindAProxyThatSpeaksHttps_KeepsItsCookieToHttps()
    {
        await using var server = await StartAsync(admin => admin with { TrustedProxies = ["127.0.0.1"] });
        using var request = Form("operator-token", "/");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Contains("; secure", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/page", "/page")]
    [InlineData("/page?key=a%20b", "/page?key=a%20b")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/a\\b", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/\tx", "/")]
    [InlineData("/\r\nSet-Cookie: a=b", "/")]
    [InlineData("/ü", "/")]
    [InlineData("/login", "/")]
    [InlineData("page", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public async Task Login_WhateverItShallLeadTo_LeadsToAPathOfOurs(string? returnUrl, string expected)
    {
        await using var server = await StartAsync();

        using var answer = await LogInAsync(server, "operator-token", returnUrl);

        Assert.Equal((303, expected), ((int)answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task Page_WithoutALogin_LeadsToItAndBack()
    {
        await using var server = await StartAsync();
        using var request = Page("/page?key=a b");

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal((302, "/login?returnUrl=%2Fpage%3Fkey%3Da%2520b"), ((int)answer.StatusCode, answer.Headers.Location!.OriginalString));
        using var login = await server.Client.GetAsync(answer.Headers.Location, Cancellation);
        Assert.Contains("name=\"returnUrl\" value=\"/page?key=a%20b\"", await login.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/status")]
    [InlineData("/metrics")]
    [InlineData("/openapi.json")]
    [InlineData("/_blazor")]
    public async Task Call_WithoutALogin_IsAnswered401WhateverItAccepts(string path)
    {
        await using var server = await StartAsync();
        using var request = Page(path);

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal((401, "application/json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task Page_ByALinkFromElsewhere_AsksOnceMoreWithTheCookieBeforeItLeadsToTheLogin()
    {
        await using var server = await StartAsync();
        using var request = Page("/page?a=1&b=\"2\"");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("content=\"0; url=/page?a=1&amp;b=%222%22\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("own", null, 200)]
    [InlineData("own", "same-origin", 200)]
    [InlineData("own", "same-site", 403)]
    [InlineData("own", "cross-site", 403)]
    [InlineData("own", "none", 403)]
    [InlineData("https://evil.example", null, 403)]
    [InlineData("null", null, 403)]
    [InlineData(null, null, 403)]
    [InlineData(null, "same-origin", 403)]
    public async Task Change_ByCookie_NeedsProofThatAPageOfOursAsks(string? origin, string? site, int expected)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/page");
        request.Headers.Add("Cookie", await CookieAsync(server));
        AddOrigin(request, server, origin, site);

        using var answer = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("own", true)]
    [InlineData("https://evil.example", false)]
    [InlineData(null, false)]
    public async Task WebSocket_ByCookie_NeedsProofThatAPageOfOursAsks(string? origin, bool expected)
    {
        await using var server = await StartAsync();

        using var socket = await TryConnectAsync(server, await CookieAsync(server), origin);

        Assert.Equal(expected, socket is not null);
    }

    [Theory]
    [InlineData("logout")]
    [InlineData("another token")]
    [InlineData("twelve hours")]
    public async Task Login_ThatEnds_EndsItsOpenConnectionToo(string how)
    {
        await using var server = await StartAsync();
        var cookie = await CookieAsync(server);
        using var socket = (await TryConnectAsync(server, cookie, "own"))!;

        switch (how)
        {
            case "logout":
                using (var request = new HttpRequestMessage(HttpMethod.Post, "/logout"))
                {
                    request.Headers.Add("Cookie", cookie);
                    AddOrigin(request, server, "own", "same-origin");
                    using var answer = await server.Client.SendAsync(request, Cancellation);
                    Assert.Equal((303, "/login"), ((int)answer.StatusCode, answer.Headers.Location!.OriginalString));
                    Assert.Contains("expires=Thu, 01 Jan 1970", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
                }

                break;
            case "another token":
                server.Config.Current = server.Config.Current with { Admin = new AdminConfig { Token = "another" } };
                using (var request = new HttpRequestMessage(HttpMethod.Post, "/api/config/reload"))
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "another");
                    Assert.Equal(200, (await server.SendAsync(request)).Status);
                }

                break;
            default:
                Assert.Equal(200, (await GetPageAsync(server, cookie)).Status);
                server.Time.Advance(Sessions.Life);
                break;
        }

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[1], Cancellation).WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
        Assert.Equal(401, (await GetPageAsync(server, cookie)).Status);
    }

    [Fact]
    public async Task Login_AfterARestart_IsNone()
    {
        string cookie;
        await using (var before = await StartAsync())
        {
            cookie = (await CookieAsync(before)).Split('=')[1];
        }

        await using var server = await StartAsync();

        Assert.Equal(401, (await GetPageAsync(server, $"postrider_session_{server.Address.Port}={cookie}")).Status);
    }

    [Fact]
    public async Task Login_WithoutTheRightToken_SaysSoOnThePage()
    {
        await using var server = await StartAsync();

        using var answer = await LogInAsync(server, "<b>wrong</b>", "/\"><script>");

        var page = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal((401, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("<p role=\"alert\">The token is wrong.</p>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong</b>", page, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task LoginPage_ItsStyle_IsTheOneThatItsPolicyAllows()
    {
        await using var server = await StartAsync();

        using var answer = await server.Client.GetAsync("/login", Cancellation);

        var page = await answer.Content.ReadAsStringAsync(Cancellation);
        var style = page.Split("<style>")[1].Split("</style>")[0];
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"style-src 'sha256-{hash}'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyAnswer_OfThisListener_TellsBrowsersWhatTheyMayDo()
    {
        await using var server = await StartAsync();

        foreach (var path in new[] { "/page", "/api/status", "/health/live", "/login", "/nothing" })
        {
            using var answer = await server.Client.GetAsync(path, Cancellation);

            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("script-src 'self' 'unsafe-inline'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        }
    }

    [Fact]
    public async Task WrongTokens_TooMany_AreAskedToWaitAndLoginsGoOn()
    {
        await using var server = await StartAsync();
        var cookie = await CookieAsync(server);
        for (var i = 0; i < LoginThrottle.Burst; i++)
        {
            using var wrong = await LogInAsync(server, $"guess {i}", "/");
            Assert.Equal(401, (int)wrong.StatusCode);
        }

        // Whoever guesses does not learn that they guessed right.
        using var byForm = await LogInAsync(server, "operator-token", "/");
        using var byHeader = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        byHeader.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "operator-token");
        var (status, _) = await server.SendAsync(byHeader);

        Assert.Equal((429, "6"), ((int)byForm.StatusCode, byForm.Headers.GetValues("Retry-After").Single()));
        Assert.Equal(429, status);
        Assert.Equal(200, (await GetPageAsync(server, cookie)).Status);
        server.Time.Advance(LoginThrottle.Refill);
        using var later = await LogInAsync(server, "operator-token", "/");
        Assert.Equal(303, (int)later.StatusCode);
    }

    [Fact]
    public void MayTry_ManyAddresses_RemembersABoundedNumberAndOneNetworkOfIpv6AsOne()
    {
        var throttle = new LoginThrottle(new Microsoft.Extensions.Time.Testing.FakeTimeProvider());
        for (var i = 0; i < LoginThrottle.Burst; i++)
        {
            throttle.Fail(IPAddress.Parse($"2001:db8::{i}"));
        }

        Assert.False(throttle.MayTry(IPAddress.Parse("2001:db8::ffff"), out var wait));
        Assert.Equal(LoginThrottle.Refill, wait);
        Assert.True(throttle.MayTry(IPAddress.Parse("2001:db8:0:1::1"), out _));
        for (var i = 0; i < 10_000; i++)
        {
            throttle.Fail(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]));
        }

        Assert.False(throttle.MayTry(IPAddress.Parse("2001:db8::ffff"), out _));
    }

    private static Task<AdminServer> StartAsync(Func<AdminConfig, AdminConfig>? change = null)
    {
        var admin = new AdminConfig { Token = "operator-token", ReadToken = "read-token" };
        return AdminServer.StartAsync(config => config with { Admin = change?.Invoke(admin) ?? admin }, map: Map);
    }

    private static void Map(IEndpointRouteBuilder routes)
    {
        AdminServer.MapPage(routes);
        var app = routes.CreateApplicationBuilder();
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.ReceiveAsync(new byte[1], context.RequestAborted);
        });
        routes.MapGet("/_blazor", app.Build());
    }

    private static HttpRequestMessage Form(string token, string? returnUrl) => new(HttpMethod.Post, "/login")
    {
        Content = new FormUrlEncodedContent(returnUrl is null
            ? [new KeyValuePair<string, string>("token", token)]
            : [new KeyValuePair<string, string>("token", token), new KeyValuePair<string, string>("returnUrl", returnUrl)]),
    };

    private static async Task<HttpResponseMessage> LogInAsync(AdminServer server, string token, string? returnUrl)
    {
        using var request = Form(token, returnUrl);
        AddOrigin(request, server, "own", "same-origin");
        return await server.Client.SendAsync(request, Cancellation);
    }

    private static async Task<string> CookieAsync(AdminServer server)
    {
        using var answer = await LogInAsync(server, "operator-token", "/");
        return Pair(Assert.Single(answer.Headers.GetValues("Set-Cookie")));
    }

    private static string Pair(string cookie) => cookie.Split(';')[0];

    private static HttpRequestMessage Page(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml");
        return request;
    }

    private static void AddOrigin(HttpRequestMessage request, AdminServer server, string? origin, string? site)
    {
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin == "own" ? server.Address.GetLeftPart(UriPartial.Authority) : origin);
        }

        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }
    }

    private static async Task<(int Status, string Text)> GetPageAsync(AdminServer server, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page");
        request.Headers.Add("Cookie", cookie);
        using var answer = await server.Client.SendAsync(request, Cancellation);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task<ClientWebSocket?> TryConnectAsync(AdminServer server, string cookie, string? origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", cookie);
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin == "own" ? server.Address.GetLeftPart(UriPartial.Authority) : origin);
        }

        try
        {
            await socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, Cancellation);
            return socket;
        }
        catch (WebSocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
