using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postrider.Load.Yardsticks;

/// <summary>The least that any gateway on Kestrel must do: read the body, answer 200 with the same few bytes. Runs until its input ends.</summary>
internal static class KestrelYardstick
{
    private static ReadOnlySpan<byte> Answer => """{"success":true,"message":"Event published successfully."}"""u8;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        await using var app = builder.Build();
        app.Run(HandleAsync);
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine($"port {new Uri(address).Port}");
        await Console.In.ReadToEndAsync(cancellationToken);
        await app.StopAsync(cancellationToken);
    }

    private static async Task HandleAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Answer.Length;
        var writer = context.Response.BodyWriter;
        Answer.CopyTo(writer.GetSpan(Answer.Length));
        writer.Advance(Answer.Length);
    }
}
