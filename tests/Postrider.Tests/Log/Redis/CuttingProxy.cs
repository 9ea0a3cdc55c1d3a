namespace Postrider.Tests.Log.Redis;

/// <summary>Stands between log and Redis, and loses answers: while <see cref="LosesAnswers"/>, a request is forwarded and its connection cut when Redis answers.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly LineProxy _line;
    private int _lost;

    public CuttingProxy(int target)
    {
        _line = new LineProxy(target, Passes);
        _line.Start();
    }

    public int Port => _line.Port;

    public volatile bool LosesAnswers;

    /// <summary>Answers that Redis gave to an append and nobody heard.</summary>
    public int Lost => Volatile.Read(ref _lost);

    public void Dispose() => _line.Dispose();

    // What append.lua answers; the rest may pass, so that the connection comes back.
    private ValueTask<bool> Passes(bool answers, ReadOnlyMemory<byte> piece)
    {
        if (!answers || !LosesAnswers || piece.Span.IndexOf("stored"u8) < 0)
        {
            return ValueTask.FromResult(true);
        }

        LosesAnswers = false;
        Interlocked.Increment(ref _lost);
        return ValueTask.FromResult(false);
    }
}
