using System.ComponentModel;
using System.Text;

namespace Postrider.Destinations.Webhook;

/// <summary>What the user wrote for a destination of type <c>webhook</c>.</summary>
public sealed record WebhookSettings
{
    /// <summary>Where events are posted: http or https, without user info and fragment.</summary>
    [Description("Where events are posted: an http or https URL.")]
    public required string Url { get; init; }

    /// <summary>The signing secret: <c>whsec_</c> and the base64 of 24 to 64 bytes. Null: not signed, unless <see cref="Secrets"/> has some.</summary>
    [Description("The signing secret: whsec_ followed by the base64 of 24 to 64 random bytes. Left out: not signed.")]
    public string? Secret { get; init; }

    /// <summary>Further signing secrets, for rotation: each signs, the receiver accepts any.</summary>
    [Description("Further signing secrets, for rotation: every delivery carries a signature of each.")]
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Headers added to every request.</summary>
    [Description("Headers added to every request, as Authorization: Bearer ${TOKEN}.")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

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
            .Append(" { Url = ").Append(Uri.TryCreate(Url, UriKind.Absolute, out var url) ? $"{url.Scheme}://{url.Authority}{url.AbsolutePath}" : "invalid")
            .Append(", Secrets = ").Append(AllSecrets.Count())
            .Append(", Headers = [").AppendJoin(", ", Headers.Keys)
            .Append("], AllowPrivateNetwork = ").Append(AllowPrivateNetwork)
            .Append(", AllowNetworks = [").AppendJoin(", ", AllowNetworks);
        return text.Append("] }").ToString();
    }
}
