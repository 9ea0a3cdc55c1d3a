namespace Postrider.Operations.Access;

/// <summary>Someone who logged in by a browser.</summary>
internal sealed class Session(Operator by, byte[] token, TimeSpan life, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _end = new(life, time);

    public Operator By { get; } = by;

    /// <summary>The digest of the token that they logged in with: the session lasts no longer than it.</summary>
    public byte[] Token { get; } = token;

    public DateTimeOffset Until { get; } = time.GetUtcNow() + life;

    /// <summary>Ends what was begun under it and is still open: the console's connection.</summary>
    public CancellationToken Ended => _end.Token;

    public void End() => _end.Cancel();

    public void Dispose() => _end.Dispose();
}
