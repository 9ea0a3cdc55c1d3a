using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>How the signature of a webhook is checked.</summary>
public sealed record SignatureConfig
{
    /// <summary>Whose way of signing it is.</summary>
    [Description("Whose way of signing it is; hmac is a plain HMAC of the body, as the other members say.")]
    public required SignatureScheme Scheme { get; init; }

    /// <summary>The secrets; any of them may have signed, for rotation.</summary>
    [Secret]
    [Description("The secrets, any of which may have signed, for rotation. Standard Webhooks: whsec_ and base64.")]
    public required IReadOnlyList<string> Secrets { get; init; }

    /// <summary>How far the sender's time may be from ours, where the scheme signs one. Default 5 min.</summary>
    [Description("How far the time that the sender signed may be from ours, where its scheme has one.")]
    public TimeSpan Tolerance { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The header with the signature, for <c>hmac</c>.</summary>
    [Description("For hmac: the header with the signature.")]
    public string? Header { get; init; }

    /// <summary>The hash, for <c>hmac</c>. Default SHA-256.</summary>
    [Description("For hmac: the hash.")]
    public SignatureAlgorithm Algorithm { get; init; } = SignatureAlgorithm.Sha256;

    /// <summary>How the signature is written, for <c>hmac</c>. Default hex.</summary>
    [Description("For hmac: how the signature is written.")]
    public SignatureEncoding Encoding { get; init; } = SignatureEncoding.Hex;

    /// <summary>What stands before the signature, for <c>hmac</c>, as <c>sha256=</c>. Default: nothing.</summary>
    [Description("For hmac: what stands before the signature, as sha256=.")]
    public string Prefix { get; init; } = "";

    // Secrets are not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Scheme = {Scheme}, Secrets = {Secrets.Count}");
        return true;
    }
}

/// <summary>A way of signing webhooks.</summary>
public enum SignatureScheme
{
    /// <summary>GitHub, and Meta: <c>X-Hub-Signature-256: sha256=</c> and hex.</summary>
    Github,

    /// <summary>Stripe: <c>Stripe-Signature: t=…,v1=…</c> over time and body.</summary>
    Stripe,

    /// <summary>Shopify: <c>X-Shopify-Hmac-Sha256</c>, base64.</summary>
    Shopify,

    /// <summary>Standard Webhooks: <c>webhook-signature</c> over id, time and body.</summary>
    StandardWebhooks,

    /// <summary>Slack: <c>X-Slack-Signature: v0=</c> over time and body.</summary>
    Slack,

    /// <summary>An HMAC of the body in a header of your choice.</summary>
    Hmac,
}

/// <summary>A hash for signatures.</summary>
public enum SignatureAlgorithm
{
    /// <summary>SHA-256.</summary>
    Sha256,

    /// <summary>SHA-1: only for senders that have nothing better.</summary>
    Sha1,

    /// <summary>SHA-512.</summary>
    Sha512,
}

/// <summary>How a signature is written.</summary>
public enum SignatureEncoding
{
    /// <summary>Hexadecimal, in either case.</summary>
    Hex,

    /// <summary>Base64.</summary>
    Base64,
}
