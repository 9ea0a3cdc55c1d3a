using System.Security.Cryptography;

namespace Postrider.Destinations.Webhook;

/// <summary>HMAC-SHA256 with one key, by a few hashers that are used again and again.</summary>
/// <remarks>
/// A hasher in use again costs half of a new one, which sets up the key each time. It is used by one thread at a time and never
/// across an await, so a slot for each processor is enough; a thread that finds its slot empty makes one of its own.
/// </remarks>
internal sealed class KeyedHash(byte[] key) : IDisposable
{
    private readonly IncrementalHash?[] _idle = new IncrementalHash?[Environment.ProcessorCount];

    public void Compute(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, Span<byte> digest)
    {
        ref var slot = ref _idle[Thread.GetCurrentProcessorId() % _idle.Length];
        var hasher = Interlocked.Exchange(ref slot, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hasher.AppendData(prefix);
        hasher.AppendData(body);
        hasher.GetHashAndReset(digest);
        Interlocked.Exchange(ref slot, hasher)?.Dispose();
    }

    public void Dispose()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            Interlocked.Exchange(ref _idle[i], null)?.Dispose();
        }
    }
}
