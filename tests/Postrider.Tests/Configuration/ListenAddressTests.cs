using System.Net;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:0", false, "127.0.0.1", 0, true)]
    [InlineData("http://0.0.0.0:3000", false, "0.0.0.0", 3000, false)]
    [InlineData("https://[::]:3443", true, "::", 3443, false)]
    [InlineData("http://[::1]:65535/", false, "::1", 65535, true)]
    [InlineData("HTTP://LocalHost:3000", false, null, 3000, true)]
    [InlineData("http://10.0.0.1", false, "10.0.0.1", 80, false)]
    public void TryParse_Address_IsTakenApart(string text, bool isHttps, string? address, int port, bool isLoopback)
    {
        Assert.True(ListenAddress.TryParse(text, out var listen));
        Assert.Equal(new ListenAddress(isHttps, address is null ? null : IPAddress.Parse(address), port), listen);
        Assert.Equal(isLoopback, listen.IsLoopback);
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:3000")]
    [InlineData("http://")]
    [InlineData("http://*:3000")]
    [InlineData("http://example.com:3000")]
    [InlineData("http://127.0.0.1:65536")]
    [InlineData("http://127.0.0.1:3000/publish")]
    [InlineData("http://127.0.0.1:3000?x=1")]
    [InlineData("http://user@127.0.0.1:3000")]
    [InlineData("ftp://127.0.0.1:3000")]
    public void TryParse_AnythingElse_IsRefused(string text)
    {
        Assert.False(ListenAddress.TryParse(text, out _));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:1", true)]
    [InlineData("http://127.0.0.1:1", "http://0.0.0.0:1", true)]
    [InlineData("http://[::]:1", "http://127.0.0.1:1", true)]
    [InlineData("http://localhost:1", "http://127.0.0.1:1", true)]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:2", false)]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.2:1", false)]
    [InlineData("http://localhost:1", "http://10.0.0.1:1", false)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0", false)]
    public void Collides_TwoAddresses_OnlyIfOneSocketCannotHaveBoth(string left, string right, bool expected)
    {
        Assert.True(ListenAddress.TryParse(left, out var one));
        Assert.True(ListenAddress.TryParse(right, out var other));

        Assert.Equal(expected, one.Collides(other));
        Assert.Equal(expected, other.Collides(one));
    }
}
