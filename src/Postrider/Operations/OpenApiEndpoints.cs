using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary><c>GET /openapi.json</c>: the admin API as an OpenAPI document, which is <c>docs/openapi/admin.json</c>.</summary>
internal static class OpenApiEndpoints
{
    private const string Resource = "openapi/admin.json";

    private static readonly Lazy<byte[]> Document = new(Read);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/openapi.json", AdminCalls.Reading, AnswerAsync).WithMetadata(AccessRule.Reader);

    private static Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = "application/json";
        response.ContentLength = Document.Value.Length;
        return response.Body.WriteAsync(Document.Value, context.RequestAborted).AsTask();
    }

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiEndpoints).Assembly.GetManifestResourceStream(Resource)!;
        var document = new byte[stream.Length];
        stream.ReadExactly(document);
        return document;
    }
}
