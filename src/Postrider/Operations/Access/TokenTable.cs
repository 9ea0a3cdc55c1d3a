using System.Security.Cryptography;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Operations.Access;

/// <summary>The tokens of one configuration, as digests: of one length whatever the tokens are, so that comparing tells nothing of them.</summary>
internal sealed class TokenTable
{
    private readonly List<(byte[] Digest, OperatorRole Role)> _tokens;

    public TokenTable(AdminConfig config) => _tokens =
    [
        .. config.AllTokens.Where(token => token.Length > 0).Select(token => (DigestOf(token), OperatorRole.Operator)),
        .. config.AllReadTokens.Where(token => token.Length > 0).Select(token => (DigestOf(token), OperatorRole.Reader)),
    ];

    public bool IsEmpty => _tokens.Count == 0;

    /// <summary>What a token makes of its owner; null: it is none of ours.</summary>
    public OperatorRole? Find(ReadOnlySpan<char> token, out byte[] digest)
    {
        digest = DigestOf(token);
        return Find(digest);
    }

    /// <summary>The same for a digest.</summary>
    public OperatorRole? Find(byte[] digest)
    {
        // No way out before the last: how long it takes says nothing.
        OperatorRole? found = null;
        foreach (var (known, role) in _tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(known, digest) && found is not OperatorRole.Operator)
            {
                found = role;
            }
        }

        return found;
    }

    private static byte[] DigestOf(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        return SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
    }
}
