using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Postrider.Destinations.Http;

/// <summary>A network in CIDR notation. IPv4 and IPv6 are apart: no IPv6 prefix contains an IPv4 address.</summary>
internal readonly record struct NetworkPrefix(AddressFamily Family, UInt128 First, int Length)
{
    private int Bits => BitsOf(Family);

    public static NetworkPrefix Parse(string text) => TryParse(text, out var prefix, out var mistake) ? prefix : throw new FormatException($"{text} {mistake}.");

    public static bool TryParse(string? text, out NetworkPrefix prefix, [NotNullWhen(false)] out string? mistake)
    {
        prefix = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var addressText = slash < 0 ? text : text![..slash];
        // 010.0.0.0 is 8.0.0.0 to a parser and 10.0.0.0 to a reader: IPv4 must be written plainly.
        if (!IPAddress.TryParse(addressText, out var address) || address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 }
            || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != addressText))
        {
            mistake = "must be a network, as 10.1.0.0/16 or fd12::/64";
            return false;
        }

        var bits = BitsOf(address.AddressFamily);
        if (slash < 0)
        {
            mistake = $"must be a network; for this one address write {address}/{bits}";
            return false;
        }

        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > bits)
        {
            mistake = $"must end with a prefix length from 0 to {bits}";
            return false;
        }

        var value = ValueOf(address);
        var first = value & Mask(bits, length);
        if (first != value)
        {
            mistake = $"has bits beyond its prefix; write {ToAddress(address.AddressFamily, first)}/{length} or {address}/{bits}";
            return false;
        }

        mistake = null;
        // The guard looks at a mapped address as what it is, an IPv4 address.
        prefix = address.IsIPv4MappedToIPv6 && length >= 96
            ? new NetworkPrefix(AddressFamily.InterNetwork, (uint)value, length - 96)
            : new NetworkPrefix(address.AddressFamily, value, length);
        return true;
    }

    public static UInt128 ValueOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static IPAddress ToAddress(AddressFamily family, UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(family == AddressFamily.InterNetwork ? bytes[12..] : bytes);
    }

    public bool Contains(AddressFamily family, UInt128 value) => family == Family && (value & Mask(Bits, Length)) == First;

    /// <summary>Names this one address and no other.</summary>
    public bool IsExactly(AddressFamily family, UInt128 value) => Length == Bits && Contains(family, value);

    public override string ToString() => $"{ToAddress(Family, First)}/{Length}";

    private static int BitsOf(AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;

    private static UInt128 Mask(int bits, int length) => length == 0 ? UInt128.Zero : UInt128.MaxValue << (bits - length);
}
