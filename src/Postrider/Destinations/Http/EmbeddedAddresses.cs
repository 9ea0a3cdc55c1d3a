namespace Postrider.Destinations.Http;

/// <summary>The IPv4 addresses that an IPv6 address carries: where a packet to it may end.</summary>
internal readonly struct EmbeddedAddresses
{
    private const ulong Nat64High = 0x0064_ff9b_0000_0000;
    private const ulong LocalNat64 = 0x0064_ff9b_0001;
    private const uint TeredoHigh = 0x2001_0000;
    private const ulong SixToFour = 0x2002;
    private const ulong Translated = 0xffff_0000;
    private const uint Isatap = 0x0000_5efe;
    private const uint IsatapUniversalBit = 0x0200_0000;

    private EmbeddedAddresses(IReadOnlyList<uint> addresses, bool standsForThem)
    {
        Addresses = addresses;
        StandsForThem = standsForThem;
    }

    /// <summary>All readings that are possible, since routers differ; empty: it carries none.</summary>
    public IReadOnlyList<uint> Addresses { get; }

    /// <summary>The IPv6 address is only a wrapping, judged by what it carries; otherwise it counts as well.</summary>
    public bool StandsForThem { get; }

    /// <param name="address">An IPv6 address that is not IPv4-mapped.</param>
    public static EmbeddedAddresses Of(UInt128 address)
    {
        var high = (ulong)(address >> 64);
        var low = (ulong)address;
        var last = (uint)low;
        var found = new List<uint>(4);
        var standsForThem = true;
        if (high == 0 && low > 1 && low >> 32 is 0 or Translated)
        {
            // ::a.b.c.d, IPv4-compatible (RFC 4291), and ::ffff:0:a.b.c.d, IPv4-translated (RFC 7915). :: and ::1 are their own.
            found.Add(last);
        }
        else if (high == Nat64High && low >> 32 == 0)
        {
            found.Add(last);
        }
        else if (high >> 48 == SixToFour)
        {
            found.Add((uint)(high >> 16));
        }
        else if (high >> 32 == TeredoHigh)
        {
            // The Teredo server, and the client with all bits turned over (RFC 4380).
            found.Add((uint)high);
            found.Add(~last);
        }
        else
        {
            standsForThem = false;
            if (high >> 16 == LocalNat64)
            {
                AddTranslations(high, low, found);
            }
        }

        // An interface id may follow any prefix, a 6to4 one included (RFC 5214).
        if (((uint)(low >> 32) & ~IsatapUniversalBit) == Isatap)
        {
            found.Add(last);
        }

        return new EmbeddedAddresses(found, standsForThem);
    }

    // RFC 6052, section 2.2: after a prefix of 96, 64, 56 or 48 bits, stepping over the octet of bits 64 to 71.
    private static void AddTranslations(ulong high, ulong low, List<uint> found)
    {
        found.Add((uint)low);
        found.Add((uint)(low >> 24));
        found.Add((((uint)high & 0xff) << 24) | ((uint)(low >> 32) & 0x00ff_ffff));
        found.Add((((uint)high & 0xffff) << 16) | ((uint)(low >> 40) & 0xffff));
    }
}
