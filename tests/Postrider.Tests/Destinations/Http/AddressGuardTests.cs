using System.Net;
using Postrider.Destinations.Http;

namespace Postrider.Tests.Destinations.Http;

public sealed class AddressGuardTests
{
    private static readonly AddressGuard Closed = new(false, []);
    private static readonly AddressGuard OpenToPrivate = new(true, []);

    /// <summary>Each range: name, whether private, first, last, the address before and after with what the guard says of them (null: allowed).</summary>
    public static TheoryData<string, bool, string, string, string?, string?, string?, string?> Ranges { get; } = new()
    {
        { "in \"this network\" (RFC 791)", false, "0.0.0.0", "0.255.255.255", null, null, "1.0.0.0", null },
        { "private (RFC 1918)", true, "10.0.0.0", "10.255.255.255", "9.255.255.255", null, "11.0.0.0", null },
        { "behind carrier-grade NAT (RFC 6598)", true, "100.64.0.0", "100.127.255.255", "100.63.255.255", null, "100.128.0.0", null },
        { "loopback (RFC 1122)", true, "127.0.0.0", "127.255.255.255", "126.255.255.255", null, "128.0.0.0", null },
        { "link-local (RFC 3927)", true, "169.254.0.0", "169.254.255.255", "169.253.255.255", null, "169.255.0.0", null },
        { "private (RFC 1918)", true, "172.16.0.0", "172.31.255.255", "172.15.255.255", null, "172.32.0.0", null },
        { "reserved for IETF protocols (RFC 6890)", false, "192.0.0.0", "192.0.0.255", "191.255.255.255", null, "192.0.1.0", null },
        { "for documentation (RFC 5737)", false, "192.0.2.0", "192.0.2.255", "192.0.1.255", null, "192.0.3.0", null },
        { "the old 6to4 relay (RFC 7526)", false, "192.88.99.0", "192.88.99.255", "192.88.98.255", null, "192.88.100.0", null },
        { "private (RFC 1918)", true, "192.168.0.0", "192.168.255.255", "192.167.255.255", null, "192.169.0.0", null },
        { "for benchmarks (RFC 2544)", false, "198.18.0.0", "198.19.255.255", "198.17.255.255", null, "198.20.0.0", null },
        { "for documentation (RFC 5737)", false, "198.51.100.0", "198.51.100.255", "198.51.99.255", null, "198.51.101.0", null },
        { "for documentation (RFC 5737)", false, "203.0.113.0", "203.0.113.255", "203.0.112.255", null, "203.0.114.0", null },
        { "multicast (RFC 5771)", false, "224.0.0.0", "239.255.255.255", "223.255.255.255", null, "240.0.0.0", "reserved" },
        { "reserved (RFC 1112)", false, "240.0.0.0", "255.255.255.254", "239.255.255.255", "multicast", "255.255.255.255", "broadcast" },
        { "broadcast (RFC 919)", false, "255.255.255.255", "255.255.255.255", "255.255.255.254", "reserved", null, null },
        { "unspecified (RFC 4291)", false, "::", "::", null, null, "::1", "loopback" },
        { "loopback (RFC 4291)", true, "::1", "::1", "::", "unspecified", "::2", "leads to 0.0.0.2, which is in \"this network\"" },
        { "for local NAT64 (RFC 8215)", false, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "outside", "64:ff9b:2::", "outside" },
        { "for discarding (RFC 6666)", false, "100::", "100::ffff:ffff:ffff:ffff", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside", "100:0:0:1::", "dummy" },
        { "the dummy prefix (RFC 9780)", false, "100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "100::ffff:ffff:ffff:ffff", "discarding", "100:0:0:2::", "outside" },
        { "reserved for IETF protocols (RFC 2928)", false, "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "leads to 255.255.255.255, which is broadcast", "2001:200::", null },
        { "for documentation (RFC 3849)", false, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", null, "2001:db9::", null },
        { "for documentation (RFC 9637)", false, "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, "3fff:1000::", null },
        { "for segment routing (RFC 9602)", false, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside", "5f01::", "outside" },
        { "unique local (RFC 4193)", true, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside", "fe00::", "outside" },
        { "link-local (RFC 4291)", true, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside", "fec0::", "site-local" },
        { "site-local (RFC 3879)", false, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local", "ff00::", "multicast" },
        { "multicast (RFC 4291)", false, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local", null, null },
        { "outside global unicast (RFC 4291)", false, "0:1::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, null, "2000::", null },
        { "outside global unicast (RFC 4291)", false, "4000::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, "8000::", "outside" },
        { "outside global unicast (RFC 4291)", false, "8000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside", "fc00::", "unique local" },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Check_AtTheEdgesOfARange_RefusesJustTheRange(
        string name, bool isPrivate, string first, string last, string? before, string? ofBefore, string? after, string? ofAfter)
    {
        foreach (var inside in (string[])[first, last])
        {
            Assert.Contains($"{inside} is {name};", Refusal(Closed, inside), StringComparison.Ordinal);
            Assert.Equal(isPrivate, Refusal(OpenToPrivate, inside) is null);
            Assert.Equal(isPrivate, Refusal(Closed, inside)!.EndsWith("or allowPrivateNetwork: true", StringComparison.Ordinal));
        }

        AssertNeighbour(before, ofBefore);
        AssertNeighbour(after, ofAfter);
    }

    [Fact]
    public void Ranges_OfTheTable_AllHaveARowHere()
    {
        Assert.Equal(SpecialAddresses.Ranges.Count, Ranges.Count);
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("192.31.196.1")]
    [InlineData("192.175.48.1")]
    [InlineData("2620:4f:8000::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:0:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2002:808:808::1")]
    [InlineData("2001:0:808:808::f7f7:f7f7")]
    [InlineData("2606:4700::200:5efe:808:808")]
    public void Check_PublicAddress_Allows(string address) => Assert.Null(Refusal(Closed, address));

    [Theory]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1 is private")]
    [InlineData("::ffff:7f00:1", "127.0.0.1 is loopback")]
    [InlineData("::10.0.0.1", "leads to 10.0.0.1, which is private")]
    [InlineData("::ffff:0:10.0.0.1", "leads to 10.0.0.1, which is private")]
    [InlineData("64:ff9b::10.0.0.1", "leads to 10.0.0.1, which is private")]
    [InlineData("64:ff9b::7f00:1", "leads to 127.0.0.1, which is loopback")]
    [InlineData("64:ff9b:1::10.0.0.1", "for local NAT64")]
    [InlineData("64:ff9b:1::8.8.8.8", "for local NAT64")]
    [InlineData("2002:a00:1::1", "leads to 10.0.0.1, which is private")]
    [InlineData("2002:7f00:1::", "leads to 127.0.0.1, which is loopback")]
    [InlineData("2001:0:a00:1::f7f7:f7f7", "leads to 10.0.0.1, which is private")]
    [InlineData("2001:0:808:808::f5ff:fffe", "leads to 10.0.0.1, which is private")]
    [InlineData("2001:0:808:808::80ff:fffe", "leads to 127.0.0.1, which is loopback")]
    [InlineData("2606:4700::5efe:10.0.0.1", "leads to 10.0.0.1, which is private")]
    [InlineData("2606:4700::200:5efe:10.0.0.1", "leads to 10.0.0.1, which is private")]
    [InlineData("2002:808:808::200:5efe:10.0.0.1", "leads to 10.0.0.1, which is private")]
    [InlineData("fe80::200:5efe:8.8.8.8", "link-local")]
    public void Check_WrappedAddress_RefusesWhatItCarries(string address, string part) =>
        Assert.Contains(part, Refusal(Closed, address), StringComparison.Ordinal);

    [Theory]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("2001:0:a00:1::f5ff:fffe")]
    [InlineData("2606:4700::5efe:10.0.0.1")]
    public void Check_WrappedPrivateAddress_OpensWithWhatItCarries(string address)
    {
        Assert.Null(Refusal(OpenToPrivate, address));
        Assert.Null(Refusal(Allowing("10.0.0.0/8"), address));
        Assert.NotNull(Refusal(Allowing("10.1.0.0/16"), address));
    }

    [Theory]
    [InlineData("2002:e000:1::", "multicast")]
    [InlineData("64:ff9b::0.0.0.0", "this network")]
    [InlineData("::ffff:255.255.255.255", "broadcast")]
    public void Check_WrappedReservedAddress_StaysRefusedInPrivateNetworks(string address, string part) =>
        Assert.Contains(part, Refusal(OpenToPrivate, address), StringComparison.Ordinal);

    [Fact]
    public void Check_LinkLocalWithZone_IsTheSameAddress()
    {
        Assert.Equal("fe80::1 is link-local (RFC 4291); to allow it write allowNetworks: [\"fe80::1/128\"] or allowPrivateNetwork: true", Refusal(Closed, "fe80::1%2"));
        Assert.Null(Refusal(Allowing("fe80::/10"), "fe80::1%2"));
        Assert.Null(Refusal(OpenToPrivate, "fe80::1%2"));
    }

    [Theory]
    [InlineData("224.0.0.0/4", "224.0.0.251")]
    [InlineData("192.0.2.0/24", "192.0.2.1")]
    [InlineData("64:ff9b:1::/48", "64:ff9b:1::10.0.0.1")]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.1")]
    public void Check_AllowedNetwork_OpensEvenReservedAddresses(string network, string address) => Assert.Null(Refusal(Allowing(network), address));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("169.254.170.23")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd20:ce::254")]
    public void Check_MetadataAddress_OpensOnlyByItsOwnName(string address)
    {
        var bits = address.Contains(':', StringComparison.Ordinal) ? 128 : 32;
        var everything = new AddressGuard(true, [NetworkPrefix.Parse("0.0.0.0/0"), NetworkPrefix.Parse("::/0"), NetworkPrefix.Parse("169.254.169.254/31"), NetworkPrefix.Parse("fd00:ec2::254/127")]);

        Assert.Contains("a cloud ", Refusal(Closed, address), StringComparison.Ordinal);
        Assert.Contains($"{address}/{bits}", Refusal(everything, address), StringComparison.Ordinal);
        Assert.DoesNotContain("allowPrivateNetwork", Refusal(everything, address), StringComparison.Ordinal);
        Assert.Null(Refusal(Allowing($"{address}/{bits}"), address));
    }

    [Theory]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::169.254.169.254")]
    [InlineData("::ffff:0:169.254.169.254")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b:1::169.254.169.254")]
    [InlineData("64:ff9b:1:a9fe:a9:fe00::")]
    [InlineData("64:ff9b:1:a9:fe:a9fe::")]
    [InlineData("64:ff9b:1:0:a9:fea9:fe00::")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2001:0:a9fe:a9fe::f7f7:f7f7")]
    [InlineData("2001:0:808:808::5601:5601")]
    [InlineData("2606:4700::5efe:169.254.169.254")]
    public void Check_WrappedMetadataAddress_IsNotOpenedByAnyWideNetwork(string address)
    {
        var everything = new AddressGuard(true, [NetworkPrefix.Parse("0.0.0.0/0"), NetworkPrefix.Parse("::/0")]);

        Assert.Contains("cloud metadata", Refusal(everything, address), StringComparison.Ordinal);
        Assert.Null(Refusal(new AddressGuard(true, [NetworkPrefix.Parse("::/0"), NetworkPrefix.Parse("169.254.169.254/32")]), address));
    }

    [Fact]
    public void Check_RefusedAddress_SaysWhatToWrite()
    {
        Assert.Equal("10.1.2.3 is private (RFC 1918); to allow it write allowNetworks: [10.1.2.3/32] or allowPrivateNetwork: true", Refusal(Closed, "10.1.2.3"));
        Assert.Equal("ff02::1 is multicast (RFC 4291); to allow it write allowNetworks: [\"ff02::1/128\"]", Refusal(Closed, "ff02::1"));
    }

    private static AddressGuard Allowing(string network) => new(false, [NetworkPrefix.Parse(network)]);

    private static string? Refusal(AddressGuard guard, string address) => guard.Check(IPAddress.Parse(address)).Refusal;

    private static void AssertNeighbour(string? address, string? expected)
    {
        if (address is null)
        {
            return;
        }

        if (expected is null)
        {
            Assert.Null(Refusal(Closed, address));
        }
        else
        {
            Assert.Contains(expected, Refusal(Closed, address), StringComparison.Ordinal);
        }
    }
}
