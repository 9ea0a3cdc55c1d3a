using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Postrider.Configuration;

namespace Postrider.Gateway.Webhooks;

/// <summary>Checks the signatures of webhooks. What is compared with a secret's work is compared in constant time.</summary>
internal static class SignatureCheck
{
    private const int MaxHeaderLength = 4096;
    private const string StandardSecretPrefix = "whsec_";

    /// <summary>The answer to a request whose signature is no good; null: one of the secrets has signed it.</summary>
    public static GatewayError? Run(SignatureConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now) => config.Scheme switch
    {
        // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
        SignatureScheme.Github => CheckPlain(config, headers, body, "X-Hub-Signature-256", "sha256=", SignatureAlgorithm.Sha256, SignatureEncoding.Hex),

        // https://shopify.dev/docs/apps/build/webhooks/subscribe/https
        SignatureScheme.Shopify => CheckPlain(config, headers, body, "X-Shopify-Hmac-Sha256", "", SignatureAlgorithm.Sha256, SignatureEncoding.Base64),
        SignatureScheme.Hmac => CheckPlain(config, headers, body, config.Header!, config.Prefix, config.Algorithm, config.Encoding),
        SignatureScheme.Stripe => CheckStripe(config, headers, body, now),
        SignatureScheme.Slack => CheckSlack(config, headers, body, now),
        _ => CheckStandard(config, headers, body, now),
    };

    private static GatewayError? CheckPlain(
        SignatureConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> body, string header, string prefix, SignatureAlgorithm algorithm, SignatureEncoding encoding)
    {
        if (One(headers[header]) is not { } text || !text.StartsWith(prefix, StringComparison.Ordinal) || Decode(text[prefix.Length..], encoding) is not { } given)
        {
            return WebhookErrors.SignatureMissing;
        }

        return Compare(config, Encoding.UTF8.GetBytes, algorithm, "", body, [given]);
    }

    // https://docs.stripe.com/webhooks#verify-manually: t=…,v1=…, several v1 while a secret is rolled; t.body is signed.
    private static GatewayError? CheckStripe(SignatureConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        string? time = null;
        var given = new List<byte[]>();
        foreach (var part in One(headers["Stripe-Signature"])?.Split(',') ?? [])
        {
            if (part.StartsWith("t=", StringComparison.Ordinal))
            {
                time = part[2..];
            }
            else if (part.StartsWith("v1=", StringComparison.Ordinal) && Decode(part[3..], SignatureEncoding.Hex) is { } signature)
            {
                given.Add(signature);
            }
        }

        return CheckTime(config, time, now) ?? (given.Count == 0 ? WebhookErrors.SignatureMissing
            : Compare(config, Encoding.UTF8.GetBytes, SignatureAlgorithm.Sha256, $"{time}.", body, given));
    }

    // https://docs.slack.dev/authentication/verifying-requests-from-slack: v0:time:body is signed.
    private static GatewayError? CheckSlack(SignatureConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var time = One(headers["X-Slack-Request-Timestamp"]);
        if (One(headers["X-Slack-Signature"]) is not { } text || !text.StartsWith("v0=", StringComparison.Ordinal) || Decode(text[3..], SignatureEncoding.Hex) is not { } given)
        {
            return WebhookErrors.SignatureMissing;
        }

        return CheckTime(config, time, now) ?? Compare(config, Encoding.UTF8.GetBytes, SignatureAlgorithm.Sha256, $"v0:{time}:", body, [given]);
    }

    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: id.time.body is signed; unknown versions and
    // broken signatures in the list are passed over.
    private static GatewayError? CheckStandard(SignatureConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var (id, time) = (One(headers["webhook-id"]), One(headers["webhook-timestamp"]));
        var given = (One(headers["webhook-signature"])?.Split(' ') ?? [])
            .Where(static part => part.StartsWith("v1,", StringComparison.Ordinal))
            .Select(static part => Decode(part[3..], SignatureEncoding.Base64))
            .OfType<byte[]>()
            .ToList();
        return id is null || given.Count == 0
            ? WebhookErrors.SignatureMissing
            : CheckTime(config, time, now) ?? Compare(config, DecodeStandardSecret, SignatureAlgorithm.Sha256, $"{id}.{time}.", body, given);
    }

    private static byte[] DecodeStandardSecret(string secret) => Convert.FromBase64String(secret[StandardSecretPrefix.Length..]);

    private static GatewayError? CheckTime(SignatureConfig config, string? time, DateTimeOffset now)
    {
        // The year 9999 is the last that DateTimeOffset knows.
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253_402_300_799)
        {
            return WebhookErrors.SignatureMissing;
        }

        return (now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > config.Tolerance ? WebhookErrors.SignatureOld : null;
    }

    // Every secret with every signature, whichever matches.
    private static GatewayError? Compare(
        SignatureConfig config, Func<string, byte[]> keyOf, SignatureAlgorithm algorithm, string head, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> given)
    {
        var matches = false;
        foreach (var secret in config.Secrets)
        {
            var expected = Sign(algorithm, keyOf(secret), head, body);
            foreach (var signature in given)
            {
                matches |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        return matches ? null : WebhookErrors.SignatureWrong;
    }

    // Head and body one after the other: a copy of both as one would be as large as the body.
    private static byte[] Sign(SignatureAlgorithm algorithm, byte[] key, string head, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(NameOf(algorithm), key);
        hash.AppendData(Encoding.UTF8.GetBytes(head));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    // SHA-1 is for senders that have nothing better; as an HMAC it still holds.
    private static HashAlgorithmName NameOf(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        SignatureAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        _ => HashAlgorithmName.SHA256,
    };

    private static string? One(in StringValues values) => values is [{ Length: > 0 and <= MaxHeaderLength } text] ? text : null;

    private static byte[]? Decode(string text, SignatureEncoding encoding)
    {
        var buffer = new byte[text.Length];
        return encoding is SignatureEncoding.Hex
            ? text.Length > 0 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null
            : Convert.TryFromBase64String(text, buffer, out var length) && length > 0 ? buffer[..length] : null;
    }
}
