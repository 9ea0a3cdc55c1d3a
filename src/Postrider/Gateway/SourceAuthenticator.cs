using System.Text;
using Microsoft.Extensions.Primitives;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Tells which source a request comes from, by Basic authentication: the user name is the write key, the password is not looked at.</summary>
internal sealed class SourceAuthenticator
{
    // A write key is some dozens of bytes; what is longer is no key of ours.
    private const int MaxEncodedLength = 2048;

    private const string Scheme = "Basic ";

    private SourceTable? _table;

    /// <summary>The source, or null with the answer to give.</summary>
    public GatewaySource? Authenticate(in StringValues authorization, PostriderConfig config, out GatewayError? error)
    {
        var table = TableOf(config);
        if (authorization.Count == 0)
        {
            error = table.Default is null ? GatewayErrors.KeyMissing : null;
            return table.Default;
        }

        Span<byte> buffer = stackalloc byte[MaxEncodedLength];
        if (authorization.Count != 1 || !TryReadUserName(authorization[0], buffer, out var length))
        {
            error = GatewayErrors.AuthorizationMalformed;
            return null;
        }

        var source = table.Find(buffer[..length]);
        error = source is null ? GatewayErrors.KeyUnknown : null;
        return source;
    }

    /// <summary>The source of a key that came elsewhere than in the header; null: the key is none.</summary>
    public GatewaySource? Find(ReadOnlySpan<byte> key, PostriderConfig config) => TableOf(config).Find(key);

    /// <summary>The user name of a Basic header; null: there is none.</summary>
    public static string? KeyOf(in StringValues authorization)
    {
        Span<byte> buffer = stackalloc byte[MaxEncodedLength];
        return authorization.Count == 1 && TryReadUserName(authorization[0], buffer, out var length) ? Encoding.UTF8.GetString(buffer[..length]) : null;
    }

    public SourceTable TableOf(PostriderConfig config)
    {
        var table = Volatile.Read(ref _table);
        if (table is null || !ReferenceEquals(table.Config, config))
        {
            table = SourceTable.Of(config);
            Volatile.Write(ref _table, table);
        }

        return table;
    }

    private static bool TryReadUserName(string? header, Span<byte> buffer, out int length)
    {
        length = 0;
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var encoded = header.AsSpan(Scheme.Length).Trim();
        if (encoded.Length > MaxEncodedLength || !Convert.TryFromBase64Chars(encoded, buffer, out var written))
        {
            return false;
        }

        length = buffer[..written].IndexOf((byte)':');
        return length >= 0;
    }
}
