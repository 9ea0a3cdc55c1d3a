using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Postrider.Configuration;
using Postrider.Operations;

namespace Postrider;

/// <summary>Sends events to the gateway as clients do, without a line between: what answers is the gateway's own pipeline, with all its rules.</summary>
internal sealed class GatewayDoor(IServiceProvider services, PostriderRuntime runtime) : IGatewayDoor
{
    public Uri Address
    {
        get
        {
            // A host that gives the web server its own listeners has none of ours.
            var address = services.GetService<PostriderListeners>()?.Addresses.Gateway ?? new Uri("http://localhost");
            return IPAddress.TryParse(address.DnsSafeHost, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
                ? new UriBuilder(address) { Host = "localhost" }.Uri
                : address;
        }
    }

    public async Task<string> SendAsync(SourceConfig source, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var context = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        SetSource(context.Request, source);
        context.Request.Body = new MemoryStream(body.ToArray());
        context.Request.ContentLength = body.Length;
        context.Request.ContentType = "application/json";
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await runtime.HandleGatewayAsync(context).ConfigureAwait(false);
        await context.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        return context.Response.StatusCode == StatusCodes.Status200OK && context.Response.Headers["Postrider-Event-Id"] is [{ } id]
            ? id
            : throw new OperationRefusedException($"The gateway answered {context.Response.StatusCode}: {Explain(answer.ToArray())}");
    }

    private static void SetSource(HttpRequest request, SourceConfig source)
    {
        var key = source.WriteKey ?? (source.WriteKeys.Count > 0 ? source.WriteKeys[0] : null);
        request.Method = HttpMethods.Post;
        request.Path = "/publish";
        if (key is not null)
        {
            request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(key + ":"));
        }
        else if (source is { Default: false, Webhook: { Signature: null, Auth: WebhookSourceAuth.None } })
        {
            request.Path = "/webhook/" + source.Name;
        }
        else if (!source.Default)
        {
            throw new OperationRefusedException(source.Webhook?.Signature is null
                ? $"Nobody can send to '{source.Name}': it has no write key, takes no webhooks, and is not the default."
                : $"'{source.Name}' takes signed webhooks only, and has no write key: have its sender send a test.");
        }
    }

    private static string Explain(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return document.RootElement.GetProperty("message").GetString() ?? "no message";
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return answer.Length == 0 ? "no message" : Encoding.UTF8.GetString(answer);
        }
    }
}
