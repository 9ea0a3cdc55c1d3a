using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>How a source takes webhooks of others.</summary>
public sealed record WebhookSourceConfig
{
    /// <summary>What a request without a signature check must show. Default: the source's write key.</summary>
    [Description("What a request must show where no signature is checked: the source's write key, or nothing.")]
    public WebhookSourceAuth Auth { get; init; } = WebhookSourceAuth.WriteKey;

    /// <summary>Has every request's signature checked. Default: none is.</summary>
    [Description("Has the sender's signature checked, instead of a write key.")]
    public SignatureConfig? Signature { get; init; }

    /// <summary>The field of the body that is the event's type. Default: as the sender's scheme has it.</summary>
    [Description("The field of the body that is the event's type, as type or event.name. Left out: as the signature's scheme has it.")]
    public string? TypeField { get; init; }

    /// <summary>The header that is the event's type; it goes before the field. Default: as the sender's scheme has it.</summary>
    [Description("The header that is the event's type, as X-GitHub-Event. Left out: as the signature's scheme has it.")]
    public string? TypeHeader { get; init; }

    /// <summary>The header with the id of the delivery, by which repeats are recognised. Default: as the sender's scheme has it.</summary>
    [Description("The header with the delivery's id, by which repeats are recognised where deduplicate is on. Left out: as the signature's scheme has it.")]
    public string? DeliveryIdHeader { get; init; }

    /// <summary>The field with the id of the delivery, where no header has it. Default: as the sender's scheme has it.</summary>
    [Description("The field of the body with the delivery's id, where no header has it. Left out: as the signature's scheme has it.")]
    public string? DeliveryIdField { get; init; }

    /// <summary>Headers that are kept with the event; 16 at most, 1 KiB of each. Default: none.</summary>
    [Description("Headers that are kept with the event, as [X-GitHub-Event]: at most 16, and 1KiB of each.")]
    public IReadOnlyList<string> KeepHeaders { get; init; } = [];

    /// <summary>What <c>hub.verify_token</c> must be for Meta's challenge to be answered. Default: it is refused.</summary>
    [Secret]
    [Description("What hub.verify_token must be in the GET by which Meta asks whether the address is yours.")]
    public string? VerifyToken { get; init; }

    // The token is a secret.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Auth = {Auth}, Signature = {Signature}");
        return true;
    }
}

/// <summary>What a webhook must show where no signature is checked.</summary>
public enum WebhookSourceAuth
{
    /// <summary>The source's write key: as Basic user name, or as <c>?writeKey=</c>.</summary>
    WriteKey,

    /// <summary>Nothing: anyone who knows the address may send.</summary>
    None,
}
