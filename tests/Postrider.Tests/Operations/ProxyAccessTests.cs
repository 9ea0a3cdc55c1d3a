using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;
using Postrider.Operations.Access;

namespace Postrider.Tests.Operations;

/// <summary>People whom a proxy authenticates.</summary>
public sealed class ProxyAccessTests
{
    private static readonly AdminConfig Trusting = new() { TrustedProxies = ["127.0.0.1", "::1"] };

    [Fact]
    public async Task Call_ByATrustedProxy_IsTheUsersWhomItNames()
    {
        await using var server = await StartAsync(Trusting);

        var page = await GetPageAsync(server, ("X-Forwarded-User", "ada@example.com"), ("X-Forwarded-For", "198.51.100.9, 203.0.113.7"));

        Assert.Equal("200 ada@example.com Operator 203.0.113.7 True True", page);
    }

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("127.0.0.2")]
    [InlineData("::ffff:10.0.0.0/104")]
    public async Task Call_BySomeoneElse_IsNotBelieved(string proxies)
    {
        await using var server = await StartAsync(Trusting with { TrustedProxies = [proxies] });

        Assert.Equal("401", (await GetPageAsync(server, ("X-Forwarded-User", "ada"), ("X-Forwarded-For", "127.0.0.2, 10.0.0.1")))[..3]);
    }

    [Fact]
    public async Task Call_BesideATokenOfAnotherKind_IsStillTheUsers()
    {
        await using var server = await StartAsync(Trusting with { Token = "t" });

        Assert.StartsWith("200 ada Operator", await GetPageAsync(server, ("X-Forwarded-User", "ada"), ("Authorization", "Bearer some.id.token")), StringComparison.Ordinal);
        Assert.StartsWith("200 token Operator", await GetPageAsync(server, ("Authorization", "Bearer t")), StringComparison.Ordinal);
        Assert.Equal("401", (await GetPageAsync(server))[..3]);
    }

    [Theory]
    [InlineData("postrider-admins", "200 ada Operator")]
    [InlineData("staff, postrider-admins", "200 ada Operator")]
    [InlineData("staff", "200 ada Reader")]
    [InlineData("Staff", "401")]
    [InlineData("staffing", "401")]
    [InlineData("", "401")]
    [InlineData(null, "401")]
    public async Task Call_WithGroups_HasTheRoleOfTheBestOfThem(string? groups, string expected)
    {
        await using var server = await StartAsync(Trusting with
        {
            UserHeader = "Remote-User", GroupsHeader = "Remote-Groups", OperatorGroups = ["postrider-admins"], ReaderGroups = ["staff"],
        });

        var page = groups is null ? await GetPageAsync(server, ("Remote-User", "ada")) : await GetPageAsync(server, ("Remote-User", "ada"), ("Remote-Groups", groups));

        Assert.StartsWith(expected, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_NamingTwoUsers_IsRefused()
    {
        await using var server = await StartAsync(Trusting);

        // The proxy added its own behind the one that the client made up. By hand: the client library would make one line of two.
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync("GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-User: root\r\nX-Forwarded-User: ada\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);

        Assert.StartsWith("HTTP/1.1 401", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_ByAProxysUser_NeedsAPageOfOurs()
    {
        await using var server = await StartAsync(Trusting);

        Assert.Equal(403, await PostAsync(server, null, null));
        Assert.Equal(403, await PostAsync(server, "https://evil.example", null));
        Assert.Equal(403, await PostAsync(server, "own", "cross-site"));
        Assert.Equal(200, await PostAsync(server, "own", "same-origin"));
        Assert.Equal(200, await PostAsync(server, "own", null));

        static async Task<int> PostAsync(AdminServer server, string? origin, string? site)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/page");
            request.Headers.Add("X-Forwarded-User", "ada");
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin == "own" ? server.Address.GetLeftPart(UriPartial.Authority) : origin);
            }

            if (site is not null)
            {
                request.Headers.Add("Sec-Fetch-Site", site);
            }

            using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("::ffff:10.1.2.3", "198.51.100.9", "198.51.100.9")]
    [InlineData("10.1.2.3", "203.0.113.66, 198.51.100.9", "198.51.100.9")]
    [InlineData("10.1.2.3", "203.0.113.66, 198.51.100.9, 10.9.9.9", "198.51.100.9")]
    [InlineData("10.1.2.3", "203.0.113.66, nonsense, 10.9.9.9", "10.9.9.9")]
    [InlineData("10.1.2.3", "::ffff:198.51.100.9", "198.51.100.9")]
    [InlineData("10.1.2.3", "198.51.100.9:5123", "198.51.100.9")]
    [InlineData("10.1.2.3", "[2001:db8::1]:5123", "2001:db8::1")]
    [InlineData("10.1.2.3", "", "10.1.2.3")]
    [InlineData("fd00::1", "198.51.100.9", "198.51.100.9")]
    [InlineData("192.0.2.1", "198.51.100.9", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "198.51.100.9", "192.0.2.1")]
    public void ClientOf_ForEachChain_IsTheNearestThatIsNoProxy(string remote, string forwarded, string expected)
    {
        var settings = new AccessSettings(new AdminConfig { TrustedProxies = ["10.0.0.0/8", "fd00::/8"] });
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        context.Request.Headers["X-Forwarded-For"] = forwarded;

        Assert.Equal(expected, settings.ClientOf(context)!.ToString());
        Assert.Equal(expected != remote.Replace("::ffff:", "", StringComparison.Ordinal) || forwarded.Length == 0, settings.IsTrustedProxy(context.Connection.RemoteIpAddress));
    }

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("fd00::/8", true)]
    [InlineData("::ffff:10.0.0.0/104", true)]
    [InlineData("::ffff:10.0.0.0/64", false)]
    [InlineData("10.1.2.3/8", false)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("10.0.0.0/-1", false)]
    [InlineData("10.0.0.0/", false)]
    [InlineData("fe80::1%2", false)]
    [InlineData("proxy.example.com", false)]
    [InlineData("", false)]
    public void TryParse_ForEachSpelling_TakesNetworksAndAddresses(string text, bool expected) => Assert.Equal(expected, NetworkRange.TryParse(text, out _));

    private static Task<AdminServer> StartAsync(AdminConfig admin) => AdminServer.StartAsync(config => config with { Admin = admin }, map: AdminServer.MapPage);

    private static async Task<string> GetPageAsync(AdminServer server, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }
}
