using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Postrider.Configuration;

namespace Postrider.Tests.Operations;

/// <summary>Who may use which endpoint, by real calls. A new endpoint that is not in the table fails here.</summary>
public sealed class AccessTableTests
{
    private const string OperatorToken = "operator-token";
    private const string ReadToken = "read-token";

    private static readonly Dictionary<string, Needs> Table = new()
    {
        ["GET /health/live"] = Needs.Nothing,
        ["GET /health/ready"] = Needs.Nothing,
        ["GET /login"] = Needs.Nothing,
        ["POST /login"] = Needs.Nothing,
        ["POST /logout"] = Needs.Nothing,
        ["GET /openapi.json"] = Needs.Reader,
        ["GET /api/status"] = Needs.Reader,
        ["GET /api/events/{id}"] = Needs.Reader,
        ["GET /api/events"] = Needs.Reader,
        ["GET /api/history"] = Needs.Reader,
        ["GET /api/attempts"] = Needs.Reader,
        ["GET /api/tail"] = Needs.Reader,
        ["GET /api/dead-letters"] = Needs.Reader,
        ["DELETE /api/dead-letters"] = Needs.Operator,
        ["POST /api/dead-letters/replay"] = Needs.Operator,
        ["GET /api/skipped"] = Needs.Reader,
        ["GET /api/rejected-events"] = Needs.Reader,
        ["DELETE /api/rejected-events"] = Needs.Operator,
        ["GET /api/replays"] = Needs.Reader,
        ["POST /api/replays"] = Needs.Operator,
        ["GET /api/replays/{id}"] = Needs.Reader,
        ["POST /api/replays/{id}/cancel"] = Needs.Operator,
        ["POST /api/destinations/{name}/pause"] = Needs.Operator,
        ["POST /api/destinations/{name}/resume"] = Needs.Operator,
        ["POST /api/destinations/{name}/disable"] = Needs.Operator,
        ["POST /api/destinations/{name}/test"] = Needs.Operator,
        ["POST /api/destinations/{name}/skip"] = Needs.Operator,
        ["GET /api/config"] = Needs.Reader,
        ["POST /api/config/reload"] = Needs.Operator,
        ["GET /api/sources"] = Needs.Reader,
        ["POST /api/sources/{name}/test"] = Needs.Operator,
        ["GET /api/audit"] = Needs.Reader,

        // What hosts add: for all who are known.
        ["GET /page"] = Needs.Reader,
        ["POST /page"] = Needs.Reader,

        // What somebody adds to the API and forgets to say anything of.
        ["GET /api/forgotten"] = Needs.Operator,
    };

    private enum Needs
    {
        Nothing,
        Reader,
        Operator,
    }

    [Fact]
    public async Task Endpoints_AllThatAreMapped_AreInTheTable()
    {
        await using var server = await StartAsync();

        Assert.Equal(Table.Keys.Order(StringComparer.Ordinal), RoutesOf(server).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData(ReadToken)]
    [InlineData(OperatorToken)]
    public async Task Endpoints_ForEachRole_AnswerThoseWhoMay(string? token)
    {
        var unexpected = new List<string>();
        foreach (var (route, needs) in Table)
        {
            await using var server = await StartAsync();
            var (method, path) = (route.Split(' ')[0], route.Split(' ')[1].Replace("{id}", "x", StringComparison.Ordinal).Replace("{name}", "crm", StringComparison.Ordinal));
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (token is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            // The tail's answer does not end.
            using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

            var status = (int)answer.StatusCode;
            var expected = (needs, token) switch
            {
                (Needs.Nothing, _) or (_, OperatorToken) or (Needs.Reader, ReadToken) => "let through",
                (Needs.Operator, ReadToken) => "403",
                _ => "401",
            };

            // A login without a token is one that failed.
            var actual = status is 401 or 403 && route != "POST /login" ? status.ToString(CultureInfo.InvariantCulture) : "let through";
            if (actual != expected)
            {
                unexpected.Add($"{route}: {status}, not {expected}");
            }
        }

        Assert.Empty(unexpected);
    }

    [Fact]
    public async Task Changes_ByAReader_ReachNothing()
    {
        await using var server = await StartAsync();
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken);

        foreach (var route in Table.Where(entry => entry.Value == Needs.Operator && !entry.Key.StartsWith("GET", StringComparison.Ordinal)))
        {
            using var request = new HttpRequestMessage(new HttpMethod(route.Key.Split(' ')[0]), route.Key.Split(' ')[1].Replace("{name}", "crm", StringComparison.Ordinal) + "?all=true");
            using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        Assert.Empty(server.Delivery.Calls);
        Assert.Empty(server.Delivery.Letters.Deletions);
        Assert.Empty(server.Delivery.Letters.RejectedDeletions);
        Assert.Empty(server.Delivery.Jobs.Requests);
        Assert.Empty(server.Door.Sent);
        Assert.Equal(0, server.Reload.Calls);
        Assert.Empty(await server.Log.Audit.ReadAsync(10, TestContext.Current.CancellationToken));
    }

    private static IEnumerable<string> RoutesOf(AdminServer server) => server.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()
        .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(method => method != "HEAD").Select(method => $"{method} {endpoint.RoutePattern.RawText}"));

    private static Task<AdminServer> StartAsync() => AdminServer.StartAsync(
        config => config with { Admin = new AdminConfig { Token = OperatorToken, ReadToken = ReadToken } },
        map: AdminServer.MapPage);
}
