using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Reads long ranges by bytes in pages, each a short command of its own.</summary>
internal sealed class StatePages(StateCalls calls)
{
    private const int PageSize = 2000;

    /// <summary>The members that begin with the prefix, lowest first.</summary>
    /// <param name="key">A number of <see cref="StateKeys"/>.</param>
    /// <param name="prefix">What they begin with.</param>
    /// <param name="identity">So many bytes of a member tell it from others; what follows them may change between two pages.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<byte[]> ReadAsync(
        int key, byte[] prefix, int identity, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = StateRanges.From(prefix);
        for (var left = limit; left > 0;)
        {
            var size = Math.Min(PageSize, left);
            var page = await ReadPageAsync("ZRANGEBYLEX", key, from, StateRanges.Behind(prefix), size, cancellationToken).ConfigureAwait(false);
            foreach (var member in page)
            {
                yield return (byte[])member!;
            }

            if (page.Length < size)
            {
                yield break;
            }

            left -= size;
            from = StateRanges.Behind(((byte[])page[^1]!).AsSpan(0, prefix.Length + identity));
        }
    }

    /// <summary>The members that begin with the prefix, highest first.</summary>
    public async IAsyncEnumerable<byte[]> ReadBackwardsAsync(int key, byte[] prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var below = StateRanges.Behind(prefix); ;)
        {
            var page = await ReadPageAsync("ZREVRANGEBYLEX", key, below, StateRanges.From(prefix), PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var member in page)
            {
                yield return (byte[])member!;
            }

            if (page.Length < PageSize)
            {
                yield break;
            }

            below = StateRanges.Below((byte[])page[^1]!);
        }
    }

    private async Task<RedisResult[]> ReadPageAsync(string command, int key, RedisValue first, RedisValue last, int size, CancellationToken cancellationToken) =>
        (RedisResult[])(await calls.ReadAsync(command, key, [first, last, "LIMIT", 0, size], cancellationToken).ConfigureAwait(false))!;
}
