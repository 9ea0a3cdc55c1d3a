using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Postrider.Destinations.Webhook;

/// <summary>
/// Standard Webhooks signatures: <c>v1,</c> and the base64 of HMAC-SHA256 over <c>{id}.{timestamp}.{body}</c>, one for each secret,
/// separated by one space.
/// </summary>
internal sealed class WebhookSigner : IDisposable
{
    private const string Version = "v1,";
    private const int SignatureLength = 3 + 44;
    private const int PrefixOnStack = 256;

    private readonly KeyedHash[] _hashes;

    public WebhookSigner(IEnumerable<string> secrets) => _hashes = [.. secrets.Select(secret => new KeyedHash(WebhookSecret.Parse(secret)))];

    /// <summary>The value of <c>webhook-signature</c>; null: there is no secret.</summary>
    public string? Sign(string id, long timestamp, ReadOnlySpan<byte> body)
    {
        if (_hashes.Length == 0)
        {
            return null;
        }

        Span<byte> buffer = stackalloc byte[PrefixOnStack];
        ReadOnlySpan<byte> prefix = Utf8.TryWrite(buffer, $"{id}.{timestamp}.", out var written)
            ? buffer[..written]
            : Encoding.UTF8.GetBytes($"{id}.{timestamp}.");

        Span<byte> digests = stackalloc byte[WebhookSettingsRules.MaxSecrets * SHA256.HashSizeInBytes];
        digests = digests[..(_hashes.Length * SHA256.HashSizeInBytes)];
        for (var i = 0; i < _hashes.Length; i++)
        {
            _hashes[i].Compute(prefix, body, digests[(i * SHA256.HashSizeInBytes)..]);
        }

        return Format(digests);
    }

    public void Dispose()
    {
        foreach (var hash in _hashes)
        {
            hash.Dispose();
        }
    }

    private static string Format(ReadOnlySpan<byte> digests)
    {
        var count = digests.Length / SHA256.HashSizeInBytes;
        return string.Create((count * (SignatureLength + 1)) - 1, digests, static (text, digests) =>
        {
            while (true)
            {
                Version.CopyTo(text);
                Convert.TryToBase64Chars(digests[..SHA256.HashSizeInBytes], text[Version.Length..], out _);
                digests = digests[SHA256.HashSizeInBytes..];
                if (digests.IsEmpty)
                {
                    return;
                }

                text[SignatureLength] = ' ';
                text = text[(SignatureLength + 1)..];
            }
        });
    }
}
