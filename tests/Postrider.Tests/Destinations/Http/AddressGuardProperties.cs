using System.Net;
using System.Net.Sockets;
using CsCheck;
using Postrider.Destinations.Http;

namespace Postrider.Tests.Destinations.Http;

public sealed class AddressGuardProperties
{
    private static readonly AddressGuard Closed = new(false, []);
    private static readonly AddressGuard OpenToPrivate = new(true, []);

    private static readonly uint[] Edges =
        [.. SpecialAddresses.Ranges.Where(range => range.Prefix.Family == AddressFamily.InterNetwork).Select(range => (uint)range.Prefix.First)];

    // Any address, and those near the edges of ranges.
    private static readonly Gen<uint> Ipv4 = Gen.OneOf<uint>(
        Gen.UInt,
        Gen.Select(Gen.Int[0, Edges.Length - 1], Gen.Int[-2, 2], (index, step) => (uint)(Edges[index] + step)));

    [Fact]
    public void Check_AnyIpv4InAnyWrapping_IsJudgedByTheIpv4() => Ipv4.Sample(ip =>
    {
        foreach (var guard in (AddressGuard[])[Closed, OpenToPrivate])
        {
            var expected = guard.Check(V4(ip)).IsAllowed;
            foreach (var wrapped in Wrappings(ip))
            {
                Assert.True(expected == guard.Check(wrapped).IsAllowed, $"{V4(ip)} is {(expected ? "" : "not ")}allowed, but {wrapped} differs.");
            }
        }
    });

    [Fact]
    public void Check_AnyIpv4_IsRefusedExactlyWithinTheTable() => Ipv4.Sample(ip =>
    {
        var isSpecial = SpecialAddresses.Ranges.Concat(SpecialAddresses.Metadata).Any(range => range.Prefix.Contains(AddressFamily.InterNetwork, ip));

        Assert.Equal(!isSpecial, Closed.Check(V4(ip)).IsAllowed);
    });

    private static IPAddress V4(uint ip) => NetworkPrefix.ToAddress(AddressFamily.InterNetwork, ip);

    private static IEnumerable<IPAddress> Wrappings(uint ip)
    {
        UInt128 v4 = ip;
        UInt128 publicServer = 0x0808_0808;
        yield return V6((UInt128)0xffff << 32 | v4);
        yield return V6(((UInt128)0x0064_ff9b << 96) | v4);
        yield return V6(((UInt128)0x2002 << 112) | (v4 << 80) | 1);
        yield return V6(((UInt128)0x2001_0000 << 96) | (publicServer << 64) | (uint)~ip);
        yield return V6(((UInt128)0x2001_0000 << 96) | (v4 << 64) | 0xf7f7_f7f7);
        yield return V6(((UInt128)0x2606_4700 << 96) | ((UInt128)0x0200_5efe << 32) | v4);
        yield return V6(((UInt128)0x2606_4700 << 96) | ((UInt128)0x0000_5efe << 32) | v4);
        if (ip > 1)
        {
            yield return V6(v4);
        }
    }

    private static IPAddress V6(UInt128 value) => NetworkPrefix.ToAddress(AddressFamily.InterNetworkV6, value);
}
