using Postrider.Events;

namespace Postrider.Destinations.Webhook;

/// <summary>What of a request comes from the event: its URL, some headers.</summary>
internal sealed class RequestTemplates
{
    /// <summary>The class of a rejection for an event that does not have what a template takes.</summary>
    public const string ErrorClass = "template";

    private readonly UrlTemplate? _url;
    private readonly HeaderTemplate[] _headers;

    private RequestTemplates(UrlTemplate? url, HeaderTemplate[] headers)
    {
        _url = url;
        _headers = headers;
    }

    /// <summary>The templates of a destination; null: it has none.</summary>
    public static RequestTemplates? Of(string url, IEnumerable<KeyValuePair<string, string>> headers)
    {
        var fromEvent = headers.Select(header => new HeaderTemplate(header.Key, header.Value)).ToArray();
        var urlTemplate = UrlTemplate.IsOne(url) ? UrlTemplate.Parse(url) : null;
        return urlTemplate is null && fromEvent.Length == 0 ? null : new RequestTemplates(urlTemplate, fromEvent);
    }

    /// <summary>Puts the event's values into a request.</summary>
    /// <returns>The rejection of an event that lacks one; null: all went well.</returns>
    public DeliveryResult? Apply(Event from, WebhookRequest request)
    {
        if (_url is not null)
        {
            if (_url.Fill(from, out var url) is { } mistake)
            {
                return DeliveryResult.Rejected(ErrorClass, mistake);
            }

            request.RequestUri = url;
        }

        foreach (var header in _headers)
        {
            if (header.Fill(from, out var value) is { } mistake)
            {
                return DeliveryResult.Rejected(ErrorClass, mistake);
            }

            request.Replace(header.Name, value);
        }

        return null;
    }
}
