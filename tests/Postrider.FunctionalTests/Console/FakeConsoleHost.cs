using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postrider.Operations;
using Postrider.WebConsole;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>The console over a fake, in this process: to draw states that a real server takes long to get into, and roles.</summary>
internal sealed class FakeConsoleHost : IAsyncDisposable
{
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

    private readonly WebApplication _app;

    private FakeConsoleHost(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    /// <param name="operations">What it shows.</param>
    /// <param name="role">Who looks: <c>operator</c> or <c>reader</c>.</param>
    /// <param name="port">0: a free one.</param>
    public static async Task<FakeConsoleHost> StartAsync(IOperations operations, string role = "operator", int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(operations);
        builder.Services.AddPostriderConsole();
        var app = builder.Build();
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.User = OperatorClaims.ToPrincipal(new Operator("mara@example.com", role == "operator" ? OperatorRole.Operator : OperatorRole.Reader));
            return next(context);
        });
        app.UsePostriderConsole();
        app.MapPostriderConsole();
        await app.StartAsync();
        return new FakeConsoleHost(app);
    }

    // Stopped first: pages that are still open end while there is something to end them with.
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
