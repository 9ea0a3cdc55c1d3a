using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway;

/// <summary><c>GET /openapi.json</c>: the gateway's API as an OpenAPI document, which is <c>docs/openapi/gateway.json</c>.</summary>
internal static class OpenApiEndpoint
{
    public const string Path = "/openapi.json";

    private const string Resource = "openapi/gateway.json";

    private static readonly Lazy<byte[]> Document = new(Read);

    /// <summary>False: it was asked with a method that reads nothing, and nothing was written.</summary>
    public static bool TryAnswer(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return false;
        }

        GatewayAnswer.Write(context, StatusCodes.Status200OK, GatewayAnswer.Json, Document.Value);
        return true;
    }

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream(Resource)!;
        var document = new byte[stream.Length];
        stream.ReadExactly(document);
        return document;
    }
}
