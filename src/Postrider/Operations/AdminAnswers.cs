using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Postrider.Operations;

/// <summary>Writes the admin API's answers.</summary>
internal static class AdminAnswers
{
    public static Task WriteAsync<T>(HttpContext context, int status, T answer, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsJsonAsync(answer, type, contentType: null, context.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext context, int status, string error, IReadOnlyList<string>? errors = null) =>
        WriteAsync(context, status, new AdminErrorAnswer(error, errors), AdminJson.Readable.AdminErrorAnswer);
}
