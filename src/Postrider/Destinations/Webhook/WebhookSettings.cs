using System.ComponentModel;
using System.Text;
using Postrider.Configuration;
using Postrider.Destinations.Http;

namespace Postrider.Destinations.Webhook;

/// <summary>What the user wrote for a destination of type <c>webhook</c>.</summary>
public sealed record WebhookSettings
{
    /// <summary>Where events are sent: http or https, without user info and fragment. Path and query may hold fields of the event.</summary>
    [Secret(IsAddress = true)]
    [Description("Where events are sent: an http or https URL. Path and query may hold fields of the event, as /users/{userId}.")]
    public required string Url { get; init; }

    /// <summary>POST, PUT, PATCH or DELETE. Default POST.</summary>
    [Description("POST, PUT, PATCH or DELETE.")]
    public string Method { get; init; } = "POST";

    /// <summary>The signing secret: <c>whsec_</c> and the base64 of 24 to 64 bytes. Null: not signed, unless <see cref="Secrets"/> has some.</summary>
    [Secret]
    [Description("The signing secret: whsec_ followed by the base64 of 24 to 64 random bytes. Left out: not signed.")]
    public string? Secret { get; init; }

    /// <summary>Further signing secrets, for rotation: each signs, the receiver accepts any.</summary>
    [Secret]
    [Description("Further signing secrets, for rotation: every delivery carries a signature of each.")]
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Headers added to every request.</summary>
    [Secret]
    [Description("Headers added to every request, as Authorization: Bearer ${TOKEN}.")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Headers whose values hold fields of the event.</summary>
    [Secret]
    [Description("Headers whose values hold fields of the event, as X-Tenant: \"{context.tenant}\".")]
    public IReadOnlyDictionary<string, string> EventHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>How requests prove who sends them. Null: they do not.</summary>
    [Description("How requests prove who sends them: one of bearer, basic, apiKey, oauth2.")]
    public AuthSettings? Auth { get; init; }

    /// <summary>The certificate shown to servers that ask for one.</summary>
    [Description("The certificate shown to servers that ask for one (mTLS).")]
    public ClientCertificateSettings? ClientCertificate { get; init; }

    /// <summary>A PEM file of root certificates, trusted instead of the system's. An absolute path.</summary>
    [Description("A PEM file of root certificates, trusted instead of the system's. An absolute path.")]
    public string? Ca { get; init; }

    /// <summary>A forward proxy. Null: none, whatever the environment says.</summary>
    [Description("A forward proxy that all requests go through.")]
    public ProxySettings? Proxy { get; init; }

    /// <summary>How bodies are compressed. Default: not.</summary>
    [Description("How bodies are compressed.")]
    public BodyCompression Compress { get; init; } = BodyCompression.None;

    /// <summary>Bodies up to this size are never compressed. Default 1 KiB.</summary>
    [Description("Bodies up to this size are never compressed.")]
    public ByteSize CompressAbove { get; init; } = new(1024);

    /// <summary>Several events in one request. Null: each has its own.</summary>
    [Description("Several events in one request. Left out: each event has its own; batch: {} takes the defaults.")]
    public WebhookBatchSettings? Batch { get; init; }

    /// <summary>Allows private, loopback, link-local, carrier-grade NAT and unique local addresses. Default false.</summary>
    [Description("Allows private, loopback, link-local, carrier-grade NAT and unique local addresses. Cloud metadata addresses stay refused.")]
    public bool AllowPrivateNetwork { get; init; }

    /// <summary>Networks that are allowed although they are not public, as <c>10.1.0.0/16</c>.</summary>
    [Description("Networks that are allowed although they are not public, as [10.1.0.0/16, \"fd12::/64\"].")]
    public IReadOnlyList<string> AllowNetworks { get; init; } = [];

    /// <summary>All signing secrets, in the order in which their signatures are sent.</summary>
    internal IEnumerable<string> AllSecrets => Secret is null ? Secrets : Secrets.Prepend(Secret);

    /// <summary>Without secrets, header values, and the URL's query, which often holds a token.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(nameof(WebhookSettings))
            .Append(" { Url = ").Append(SafeUrl.Of(Url))
            .Append(", Secrets = ").Append(AllSecrets.Count())
            .Append(", Headers = [").AppendJoin(", ", Headers.Keys)
            .Append("], AllowPrivateNetwork = ").Append(AllowPrivateNetwork)
            .Append(", AllowNetworks = [").AppendJoin(", ", AllowNetworks);
        text.Append(']');
        AppendIfSet("Auth", Auth);
        AppendIfSet("ClientCertificate", ClientCertificate);
        AppendIfSet("Ca", Ca);
        AppendIfSet("Proxy", Proxy);
        AppendIfSet("Batch", Batch);
        return text.Append(" }").ToString();

        void AppendIfSet(string name, object? value)
        {
            if (value is not null)
            {
                text.Append(", ").Append(name).Append(" = ").Append(value);
            }
        }
    }
}

/// <summary>How bodies are compressed.</summary>
public enum BodyCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>With gzip.</summary>
    Gzip,
}
