using System.Security.Cryptography;
using System.Text;

namespace Postrider.Operations.Access;

/// <summary>
/// Who is logged in. Kept in memory alone: a restart logs everybody out, and so does the end of the token they logged in with. The cookie is a
/// random secret; what is kept is its hash, so looking it up tells nothing of it.
/// </summary>
internal sealed class Sessions(TimeProvider time) : IDisposable
{
    /// <summary>How long a login lasts, used or not.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(12);

    /// <summary>More than people who look after one server; beyond it the oldest login ends.</summary>
    public const int Most = 1000;

    private const int SecretBytes = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <summary>Logs someone in; the cookie's value.</summary>
    public string Begin(Operator by, byte[] token)
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        lock (_lock)
        {
            Remove(entry => entry.Value.Until <= time.GetUtcNow());
            if (_sessions.Count >= Most)
            {
                var oldest = _sessions.MinBy(entry => entry.Value.Until);
                Remove(entry => entry.Key == oldest.Key);
            }

            _sessions.Add(HashOf(secret), new Session(by, token, Life, time));
        }

        return secret;
    }

    /// <summary>Who a cookie's value is; null: nobody, any more.</summary>
    public Session? Find(string secret, TokenTable tokens)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(HashOf(secret), out var session) && session.Until > time.GetUtcNow() && tokens.Find(session.Token) == session.By.Role ? session : null;
        }
    }

    /// <summary>Logs out.</summary>
    public void End(string secret)
    {
        var hash = HashOf(secret);
        lock (_lock)
        {
            Remove(entry => entry.Key == hash);
        }
    }

    /// <summary>Ends the sessions whose token is none any more, and what is open under them.</summary>
    public void EndStale(TokenTable tokens)
    {
        lock (_lock)
        {
            Remove(entry => tokens.Find(entry.Value.Token) != entry.Value.By.Role);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Remove(_ => true);
        }
    }

    private static string HashOf(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private void Remove(Func<KeyValuePair<string, Session>, bool> which)
    {
        foreach (var (hash, session) in _sessions.Where(which).ToList())
        {
            _sessions.Remove(hash);
            session.End();
            session.Dispose();
        }
    }
}
