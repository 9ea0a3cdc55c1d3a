using System.Net;
using Postrider.Destinations.Http;

namespace Postrider.Tests.Destinations.Http;

public sealed class NetworkPrefixTests
{
    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("0.0.0.0/0")]
    [InlineData("10.1.2.3/32")]
    [InlineData("fd12:3456::/32")]
    [InlineData("::/0")]
    [InlineData("::1/128")]
    public void TryParse_Network_ReadsItBack(string text)
    {
        Assert.True(NetworkPrefix.TryParse(text, out var prefix, out _));

        Assert.Equal(text, prefix.ToString());
    }

    [Theory]
    [InlineData(null, "must be a network")]
    [InlineData("", "must be a network")]
    [InlineData("internal", "must be a network")]
    [InlineData("/8", "must be a network")]
    [InlineData("010.0.0.0/8", "must be a network")]
    [InlineData("10/8", "must be a network")]
    [InlineData("fe80::1%3/64", "must be a network")]
    [InlineData("10.1.2.3", "10.1.2.3/32")]
    [InlineData("::1", "::1/128")]
    [InlineData("10.0.0.0/", "0 to 32")]
    [InlineData("10.0.0.0/33", "0 to 32")]
    [InlineData("10.0.0.0/-1", "0 to 32")]
    [InlineData("10.0.0.0/8/8", "0 to 32")]
    [InlineData("fd00::/129", "0 to 128")]
    [InlineData("10.1.2.3/8", "write 10.0.0.0/8 or 10.1.2.3/32")]
    [InlineData("fd12::1/16", "write fd12::/16 or fd12::1/128")]
    public void TryParse_NoNetwork_SaysWhatToWrite(string? text, string part)
    {
        Assert.False(NetworkPrefix.TryParse(text, out _, out var mistake));

        Assert.Contains(part, mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_MappedNetwork_IsTheIpv4Network()
    {
        Assert.True(NetworkPrefix.TryParse("::ffff:10.0.0.0/104", out var prefix, out _));

        Assert.Equal("10.0.0.0/8", prefix.ToString());
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("fd00::/9", "fd7f:ffff::", true)]
    [InlineData("fd00::/9", "fd80::", false)]
    public void Contains_AtItsEdges_KnowsItsOwn(string network, string address, bool expected)
    {
        var ip = IPAddress.Parse(address);

        Assert.Equal(expected, NetworkPrefix.Parse(network).Contains(ip.AddressFamily, NetworkPrefix.ValueOf(ip)));
    }
}
