namespace Postrider.Destinations.Http;

/// <summary>
/// The access token of one destination: fetched when first needed, kept in memory, renewed before it expires, by one request however
/// many attempts wait for it.
/// </summary>
/// <remarks>
/// A request for a token is no part of an attempt: it has a deadline of its own, and an attempt that is cut off does not end it for the
/// others. While the server gives none, it is asked at growing intervals, and attempts in between fail without asking.
/// </remarks>
internal sealed class OAuth2Tokens(OAuth2Client client, TimeProvider time) : IDisposable
{
    // A receiver that refuses even new tokens must not make every attempt ask for one.
    internal static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closed = new();
    private volatile AccessToken? _token;
    private Task<TokenAnswer>? _fetching;
    private DeliveryResult? _failure;
    private TimeSpan _pause;
    private long _pauseEnds;
    private long? _renewed;
    private bool _isClosed;

    /// <summary>The token in force, or the reason why there is none.</summary>
    public ValueTask<TokenAnswer> GetAsync(CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (_token is { } token && now < token.ExpiresAt)
        {
            if (now >= token.RenewAt)
            {
                Fetch(now, out _);
            }

            return new ValueTask<TokenAnswer>(new TokenAnswer(token, null));
        }

        return Fetch(now, out var failure) is { } fetching
            ? new ValueTask<TokenAnswer>(fetching.WaitAsync(cancellationToken))
            : new ValueTask<TokenAnswer>(new TokenAnswer(null, failure));
    }

    /// <summary>The receiver refused a token. True: another may be had, and the request is worth a repeat.</summary>
    public bool TryRenew(AccessToken refused)
    {
        lock (_lock)
        {
            if (_token != refused)
            {
                return true;
            }

            if (_renewed is { } last && time.GetElapsedTime(last) < RenewalInterval)
            {
                return false;
            }

            _renewed = time.GetTimestamp();
            _token = null;
            return true;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        _closed.Cancel();
        _closed.Dispose();
    }

    /// <summary>The request under way, begun if there was none; null: the server is left alone for now, after this failure.</summary>
    private Task<TokenAnswer>? Fetch(long now, out DeliveryResult? failure)
    {
        lock (_lock)
        {
            failure = _failure;
            if (_fetching is null && failure is not null && now < _pauseEnds)
            {
                failure = failure with { RetryAfter = time.GetElapsedTime(now, _pauseEnds) };
                return null;
            }

            return _fetching ??= Task.Run(FetchAsync, CancellationToken.None);
        }
    }

    private async Task<TokenAnswer> FetchAsync()
    {
        TokenAnswer answer;
        try
        {
            answer = await AskAsync();
        }
        catch
        {
            // A surprise: those who wait get it, the next one asks again.
            lock (_lock)
            {
                _fetching = null;
            }

            throw;
        }

        lock (_lock)
        {
            _fetching = null;
            if (answer.Token is { } token)
            {
                _token = token;
                _failure = null;
                _pause = TimeSpan.Zero;
                return answer;
            }

            _failure = answer.Failure!;
            _pause = _pause == TimeSpan.Zero ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
            if (_failure.RetryAfter is { } asked && asked > _pause)
            {
                // As asked, within our bound: the attempts behind it have a schedule of their own.
                _pause = asked < LongestPause ? asked : LongestPause;
            }

            _pauseEnds = time.GetTimestamp() + (long)(_pause.TotalSeconds * time.TimestampFrequency);
            _failure = _failure with { RetryAfter = _pause };
            return new TokenAnswer(null, _failure);
        }
    }

    private async Task<TokenAnswer> AskAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(Deadline, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _closed.Token);
            return await client.AskAsync(linked.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return new TokenAnswer(null, OAuth2Client.Failure($"no answer within {Deadline.TotalSeconds:0} s"));
        }
    }
}
