using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Postrider.Journal;

/// <summary>One who listens to what happens. Takes so many lines at most; those that come while it is full are counted, not kept.</summary>
internal sealed class TailListener(TailHub hub, TailWish wish)
{
    /// <summary>Lines that wait for a reader who is busy: a second or so of a fast server, and a few hundred KiB.</summary>
    public const int Capacity = 1000;

    private const int TellEvery = 100;

    private readonly Channel<TailLine> _lines = Channel.CreateBounded<TailLine>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _missed;

    public TailWish Wish { get; } = wish;

    /// <summary>Lines left out that its reader has not been told of.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    /// <summary>Never waits: whoever brings a line has events to deliver.</summary>
    public void Offer(TailLine line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            Miss(1);
        }
    }

    public void Miss(long lines) => Interlocked.Add(ref _missed, lines);

    /// <summary>Nothing more comes.</summary>
    public void Close() => _lines.Writer.TryComplete();

    /// <summary>Reads until the hub closes, or the reader cancels; then it listens no more.</summary>
    public async IAsyncEnumerable<TailLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            var lines = 0;
            while (await _lines.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (_lines.Reader.TryRead(out var line))
                {
                    yield return line;

                    // What was queued came before what found no room; a reader who is always behind hears of it now and then.
                    if ((_lines.Reader.Count == 0 || ++lines % TellEvery == 0) && Interlocked.Exchange(ref _missed, 0) is > 0 and var missed)
                    {
                        yield return new TailLine(null, null, missed);
                    }
                }
            }
        }
        finally
        {
            hub.Leave(this);
        }
    }
}
