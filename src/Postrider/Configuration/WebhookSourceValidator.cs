using System.Buffers;

namespace Postrider.Configuration;

/// <summary>Checks what a source says of webhooks. Messages never show a secret.</summary>
internal sealed class WebhookSourceValidator(ConfigErrors errors)
{
    private const int MaxKeptHeaders = 16;
    private const string SecretPrefix = "whsec_";

    // RFC 9110, 5.6.2: the characters of a token.
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // What proves who the sender is must not travel on.
    private static readonly string[] Secrets = ["Authorization", "Cookie", "Proxy-Authorization"];

    public void Validate(string path, WebhookSourceConfig webhook, SourceConfig source)
    {
        Require($"{path}.auth", webhook.Auth is WebhookSourceAuth.WriteKey || webhook.Signature is null, "a signature is checked, so there is nothing to open; leave auth: none out");
        Require(path, webhook.Signature is not null || webhook.Auth is WebhookSourceAuth.None || source.WriteKey is not null || source.WriteKeys.Count > 0
            || errors.Has($"{path}.signature") || errors.Has($"{path}.auth"), "anyone could send to it; give the source a writeKey, add a signature, or write auth: none");
        RequireField($"{path}.typeField", webhook.TypeField);
        RequireField($"{path}.deliveryIdField", webhook.DeliveryIdField);
        RequireHeader($"{path}.typeHeader", webhook.TypeHeader);
        RequireHeader($"{path}.deliveryIdHeader", webhook.DeliveryIdHeader);
        Require($"{path}.keepHeaders", webhook.KeepHeaders.Count <= MaxKeptHeaders, $"at most {MaxKeptHeaders} headers are kept");
        for (var i = 0; i < webhook.KeepHeaders.Count; i++)
        {
            var header = webhook.KeepHeaders[i];
            RequireHeader($"{path}.keepHeaders[{i}]", header);
            Require($"{path}.keepHeaders[{i}]", !Secrets.Contains(header, StringComparer.OrdinalIgnoreCase), "holds the sender's secret, which must not travel on");
        }

        Require($"{path}.verifyToken", webhook.VerifyToken is not "", "must not be empty");
        if (webhook.Signature is { } signature)
        {
            ValidateSignature($"{path}.signature", signature);
        }
    }

    private void ValidateSignature(string path, SignatureConfig signature)
    {
        // A required member that is missing is null, against what its type says.
        if (signature.Secrets is not { } secrets)
        {
            return;
        }

        Require($"{path}.secrets", secrets.Count > 0, "needs at least one secret");
        for (var i = 0; i < secrets.Count; i++)
        {
            Require($"{path}.secrets[{i}]", secrets[i].Length > 0, "a secret must not be empty");
            Require($"{path}.secrets[{i}]", signature.Scheme is not SignatureScheme.StandardWebhooks || IsStandardSecret(secrets[i]), "expected whsec_ and base64");
        }

        Require($"{path}.tolerance", signature.Tolerance > TimeSpan.Zero && signature.Tolerance <= TimeSpan.FromDays(1), "must be more than 0s and at most 1d");
        var isPlain = signature.Scheme is SignatureScheme.Hmac;
        Require($"{path}.header", !isPlain || signature.Header is not null, "name the header that holds the signature");
        Require($"{path}.header", isPlain || signature.Header is null, "only hmac has a choice; leave it out");
        RequireHeader($"{path}.header", signature.Header);
    }

    private static bool IsStandardSecret(string secret) =>
        secret.StartsWith(SecretPrefix, StringComparison.Ordinal)
        && Convert.TryFromBase64String(secret[SecretPrefix.Length..], new byte[secret.Length], out var length) && length > 0;

    private void RequireField(string path, string? field) =>
        Require(path, field is null || SourceValidator.IsField(field), "expected a field such as type or event.name");

    private void RequireHeader(string path, string? header) =>
        Require(path, header is null || (header.Length is > 0 and <= 128 && !header.AsSpan().ContainsAnyExcept(Token)), "expected the name of a header");

    private void Require(string path, bool condition, string message)
    {
        if (!condition && !errors.Has(path))
        {
            errors.Add(path, message);
        }
    }
}
