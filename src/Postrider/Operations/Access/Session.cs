namespace Postrider.Operations.Access;

/// <summary>Someone who logged in by a browser.</summary>
internal sealed class Session : IDisposable
{
    private readonly CancellationTokenSource _end;

    public Session(Operator by, byte[] token, TimeSpan life, TimeProvider time)
    {
        (By, Token, Until) = (by, token, time.GetUtcNow() + life);
        _end = new CancellationTokenSource(life, time);
        Ended = _end.Token;
    }

    public Operator By { get; }

    /// <summary>The digest of the token that they logged in with: the session lasts no longer than it.</summary>
    public byte[] Token { get; }

    public DateTimeOffset Until { get; }

    /// <summary>Ends what was begun under it and is still open. May be asked for when the session is over and let go of.</summary>
    public CancellationToken Ended { get; }

    public void End() => _end.Cancel();

    public void Dispose() => _end.Dispose();
}
