using System.Net.Sockets;

namespace Postrider.Destinations.Http;

/// <summary>
/// Every address range that a webhook does not reach by default: what the IANA IPv4 and IPv6 Special-Purpose Address Registries
/// call not globally reachable, multicast, and of IPv6 all that lies outside global unicast.
/// </summary>
/// <remarks>
/// The forms that carry an IPv4 address (<see cref="EmbeddedAddresses"/>) are unwrapped first and judged by what they carry.
/// 192.0.0.0/24 and 2001::/23 hold a few addresses that the registries call globally reachable; they are refused all the same,
/// because they are anycast: they lead to the nearest router, which is our own.
/// </remarks>
internal static class SpecialAddresses
{
    public static IReadOnlyList<SpecialRange> Ranges { get; } =
    [
        Reserved("0.0.0.0/8", "in \"this network\"", "RFC 791"),
        Private("10.0.0.0/8", "private", "RFC 1918"),
        Private("100.64.0.0/10", "behind carrier-grade NAT", "RFC 6598"),
        Private("127.0.0.0/8", "loopback", "RFC 1122"),
        Private("169.254.0.0/16", "link-local", "RFC 3927"),
        Private("172.16.0.0/12", "private", "RFC 1918"),
        Reserved("192.0.0.0/24", "reserved for IETF protocols", "RFC 6890"),
        Reserved("192.0.2.0/24", "for documentation", "RFC 5737"),
        Reserved("192.88.99.0/24", "the old 6to4 relay", "RFC 7526"),
        Private("192.168.0.0/16", "private", "RFC 1918"),
        Reserved("198.18.0.0/15", "for benchmarks", "RFC 2544"),
        Reserved("198.51.100.0/24", "for documentation", "RFC 5737"),
        Reserved("203.0.113.0/24", "for documentation", "RFC 5737"),
        Reserved("224.0.0.0/4", "multicast", "RFC 5771"),
        Reserved("240.0.0.0/4", "reserved", "RFC 1112"),
        Reserved("255.255.255.255/32", "broadcast", "RFC 919"),

        Reserved("::/128", "unspecified", "RFC 4291"),
        Private("::1/128", "loopback", "RFC 4291"),
        Reserved("64:ff9b:1::/48", "for local NAT64", "RFC 8215"),
        Reserved("100::/64", "for discarding", "RFC 6666"),
        Reserved("100:0:0:1::/64", "the dummy prefix", "RFC 9780"),
        Reserved("2001::/23", "reserved for IETF protocols", "RFC 2928"),
        Reserved("2001:db8::/32", "for documentation", "RFC 3849"),
        Reserved("3fff::/20", "for documentation", "RFC 9637"),
        Reserved("5f00::/16", "for segment routing", "RFC 9602"),
        Private("fc00::/7", "unique local", "RFC 4193"),
        Private("fe80::/10", "link-local", "RFC 4291"),
        Reserved("fec0::/10", "site-local", "RFC 3879"),
        Reserved("ff00::/8", "multicast", "RFC 4291"),
        Reserved("::/3", "outside global unicast", "RFC 4291"),
        Reserved("4000::/2", "outside global unicast", "RFC 4291"),
        Reserved("8000::/1", "outside global unicast", "RFC 4291"),
    ];

    /// <summary>Where clouds hand out credentials to whoever can reach the address: each opens only by name.</summary>
    public static IReadOnlyList<SpecialRange> Metadata { get; } =
    [
        Reserved("169.254.169.254/32", "a cloud metadata address", "AWS, Azure, Google and others"),
        Reserved("169.254.170.2/32", "a cloud credentials address", "AWS ECS"),
        Reserved("169.254.170.23/32", "a cloud credentials address", "AWS EKS"),
        Reserved("100.100.100.200/32", "a cloud metadata address", "Alibaba"),
        Reserved("168.63.129.16/32", "a cloud platform address", "Azure"),
        Reserved("192.0.0.192/32", "a cloud metadata address", "Oracle"),
        Reserved("fd00:ec2::254/128", "a cloud metadata address", "AWS"),
        Reserved("fd00:ec2::23/128", "a cloud credentials address", "AWS EKS"),
        Reserved("fd20:ce::254/128", "a cloud metadata address", "Google"),
    ];

    // The narrowest range names an address best: broadcast, not reserved.
    private static readonly SpecialRange[] NarrowestFirst = [.. Ranges.OrderByDescending(range => range.Prefix.Length)];

    public static SpecialRange? Find(AddressFamily family, UInt128 value) => Array.Find(NarrowestFirst, range => range.Prefix.Contains(family, value));

    public static SpecialRange? FindMetadata(AddressFamily family, UInt128 value) => Metadata.FirstOrDefault(range => range.Prefix.Contains(family, value));

    private static SpecialRange Private(string prefix, string name, string source) => new(NetworkPrefix.Parse(prefix), name, source, IsPrivate: true);

    private static SpecialRange Reserved(string prefix, string name, string source) => new(NetworkPrefix.Parse(prefix), name, source, IsPrivate: false);
}
