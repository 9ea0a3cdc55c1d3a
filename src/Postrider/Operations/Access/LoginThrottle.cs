using System.Net;
using System.Net.Sockets;

namespace Postrider.Operations.Access;

/// <summary>Slows guessing down: an address has so many wrong tokens, and gets one more every so often. Right ones cost nothing.</summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    /// <summary>Wrong tokens in a row that a person or a script with an old one may send before it has to wait.</summary>
    public const int Burst = 10;

    // Who attacks from more addresses than this has the oldest forgotten, and their tries with them: a bound on memory comes first.
    private const int MostAddresses = 4096;

    /// <summary>How long until an address gets one more try.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(6);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, DateTimeOffset> _emptyUntil = [];

    /// <summary>Whether the address may try now; else how long it has to wait.</summary>
    public bool MayTry(IPAddress? address, out TimeSpan retryAfter)
    {
        lock (_lock)
        {
            // The debt of all failures ends at this time; Burst of them may be owed.
            var owed = _emptyUntil.GetValueOrDefault(Group(address)) - time.GetUtcNow();
            retryAfter = owed - ((Burst - 1) * Refill);
            return retryAfter <= TimeSpan.Zero;
        }
    }

    public void Fail(IPAddress? address)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var group = Group(address);
            if (_emptyUntil.Count >= MostAddresses && !_emptyUntil.ContainsKey(group))
            {
                MakeRoom(now);
            }

            var until = _emptyUntil.GetValueOrDefault(group);
            _emptyUntil[group] = (until > now ? until : now) + Refill;
        }
    }

    // Who has one address of IPv6 has a /64 of them.
    private static IPAddress Group(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
        {
            return address ?? IPAddress.None;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (address, _) in _emptyUntil.Where(entry => entry.Value <= now).ToList())
        {
            _emptyUntil.Remove(address);
        }

        if (_emptyUntil.Count >= MostAddresses)
        {
            _emptyUntil.Remove(_emptyUntil.MinBy(entry => entry.Value).Key);
        }
    }
}
