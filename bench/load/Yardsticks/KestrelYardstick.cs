using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postrider.Load.Yardsticks;

/// <summary>The least that any gateway on Kestrel must do: read the body, answer 200 with the same few bytes. Runs until its input ends.</summary>
/// <remarks>Walking the JSON is the least that one must do that takes a batch apart.</remarks>
internal static class KestrelYardstick
{
    private static ReadOnlySpan<byte> Answer => """{"success":true,"message":"Event published successfully."}"""u8;

    public static async Task RunAsync(bool walksJson, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        await using var app = builder.Build();
        app.Run(walksJson ? WalkAsync : SkipAsync);
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine($"port {new Uri(address).Port}");
        await Console.In.ReadToEndAsync(cancellationToken);
        await app.StopAsync(cancellationToken);
    }

    private static async Task SkipAsync(HttpContext context)
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

        Say(context);
    }

    private static async Task WalkAsync(HttpContext context)
    {
        var length = (int)context.Request.ContentLength!.Value;
        var body = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await context.Request.Body.ReadExactlyAsync(body.AsMemory(0, length), context.RequestAborted);
            Walk(body.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }

        Say(context);
    }

    private static void Walk(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
        }
    }

    private static void Say(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Answer.Length;
        var writer = context.Response.BodyWriter;
        Answer.CopyTo(writer.GetSpan(Answer.Length));
        writer.Advance(Answer.Length);
    }
}
