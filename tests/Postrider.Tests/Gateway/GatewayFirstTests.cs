using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postrider.Tests.Gateway;

/// <summary>An application around the server: what it does with requests is the admin listener's, never an event's.</summary>
public sealed class GatewayFirstTests
{
    [Fact]
    public async Task Publish_InAnApplicationThatForbidsAll_IsTaken()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("postrider-test-");
        try
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddAuthentication("none").AddCookie("none");
            builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
            const string yaml = "gateway: { listen: 'http://127.0.0.1:0' }\nadmin: { listen: 'http://127.0.0.1:0' }\nlog: { path: data }\n";
            await using var app = PostriderHost.Build(builder, postrider => postrider.LoadFromText(yaml, "p.yaml", folder.FullName));
            await app.StartAsync(cancellation);
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

            using var published = await client.PostAsJsonAsync(new Uri(app.GetPostriderAddresses().Gateway!, "/publish"), new { userId = "u1", payload = 1 }, cancellation);
            using var asked = await client.GetAsync(new Uri(app.GetPostriderAddresses().Admin, "/api/nothing"), cancellation);

            Assert.Equal(HttpStatusCode.OK, published.StatusCode);
            Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
            await app.StopAsync(cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
