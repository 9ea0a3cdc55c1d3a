using System.Diagnostics;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Webhook;

/// <summary>What an attempt's span says of its HTTP call, as the conventions for HTTP clients name it. No path and no query: they may hold secrets.</summary>
internal static class WebhookSpan
{
    public static void Describe(Activity span, HttpRequestMessage request, HttpResponseMessage response)
    {
        span.SetTag(SpanAttributes.RequestMethod, request.Method.Method);
        span.SetTag(SpanAttributes.ServerAddress, request.RequestUri!.IdnHost);
        span.SetTag(SpanAttributes.ServerPort, request.RequestUri.Port);
        span.SetTag(SpanAttributes.ResponseStatus, (int)response.StatusCode);
        span.SetTag(SpanAttributes.ProtocolVersion, response.Version.Major == 1 ? response.Version.ToString() : response.Version.Major.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
