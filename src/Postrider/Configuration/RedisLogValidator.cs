namespace Postrider.Configuration;

/// <summary>Checks a log of type <c>redis</c>. No message shows the connection, which may hold a password.</summary>
internal sealed class RedisLogValidator(ConfigErrors errors)
{
    // Keys are {prefix}:{p7}:log: braces would move them to other slots of a cluster, and blanks are for nobody's good.
    private const string PrefixRule = "must be 1 to 64 letters, digits, '.', ':', '-' or '_', because all keys and ACL patterns begin with it";

    public void Validate(RedisLogConfig log)
    {
        if (log.Connection is not null)
        {
            ValidateConnection(log);
        }

        ValidateSentinel(log);
        Require("log.prefix", log.Prefix.Length is >= 1 and <= 64 && log.Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-' or '_'), PrefixRule);
        Require("log.user", log.User is null || (log.User.Length > 0 && !log.User.Any(char.IsWhiteSpace)), "must not be empty and has no blanks; leave it out for the default user");
        Require("log.password", log.Password is null || log.Password.Length > 0, "must not be empty; leave it out where Redis has no password");
        Require("log.password", log.User is null || log.Password is not null, "is missing; a user needs one");
        Require("log.maxMemory", log.MaxMemory is null || log.MaxMemory.Value.Bytes >= 16 << 20, "must be at least 16MiB");
        Require("log.retain", log.Retain is null || log.Retain <= TimeSpan.FromDays(30), "must be at most 30d: it is the memory of Redis");
        Require("log.startTimeout", log.StartTimeout > TimeSpan.Zero && log.StartTimeout <= TimeSpan.FromHours(1), "must be more than 0s and at most 1h");
        Require("log.lease", log.Lease >= TimeSpan.FromSeconds(1) && log.Lease <= TimeSpan.FromMinutes(5), "must be 1s to 5m");
        Require("log.tls.serverName", log.Tls?.ServerName is null || Uri.CheckHostName(log.Tls.ServerName) != UriHostNameType.Unknown, "must be a host name");
    }

    private void ValidateConnection(RedisLogConfig log)
    {
        if (log.Connection.Contains("sentinel", StringComparison.OrdinalIgnoreCase) && log.Connection.Contains('=', StringComparison.Ordinal))
        {
            Require("log.connection", false, "name the hosts and ports of the Sentinels, and write the name of what they watch as a member of its own: sentinel: NAME");
            return;
        }

        if (!RedisAddress.TryParse(log, out var address))
        {
            Require("log.connection", false, "expected host:port, with commas between several, or redis://host:port or rediss://host:port (TLS); "
                + "user, password and further options are members of their own");
            return;
        }

        Require("log.tls", !address.IsUrl || address.Tls || log.Tls is null, "contradicts redis://, which is without TLS; write rediss:// in connection");
        Require("log.user", address.User is null || log.User is null, "is given twice, here and in connection; leave one out");
        Require("log.password", address.Password is null || log.Password is null, "is given twice, here and in connection; leave one out");
        Require("log.database", address.Database is null || log.Database == 0 || log.Database == address.Database, "is given twice, here and in connection; leave one out");
    }

    // The name's letters are those that a Sentinel's configuration takes.
    private void ValidateSentinel(RedisLogConfig log)
    {
        Require("log.sentinel", log.Sentinel is null || (log.Sentinel.Length > 0 && log.Sentinel.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')),
            "must be the name under which the Sentinels watch the master, as mymaster: letters, digits, '.', '-' or '_'");
        Require("log.sentinelUser", log.SentinelUser is null || log.Sentinel is not null, "is for Sentinels; write sentinel: NAME as well");
        Require("log.sentinelPassword", log.SentinelPassword is null || log.Sentinel is not null, "is for Sentinels; write sentinel: NAME as well");
        Require("log.sentinelUser", log.SentinelUser is null || (log.SentinelUser.Length > 0 && !log.SentinelUser.Any(char.IsWhiteSpace)),
            "must not be empty and has no blanks; leave it out for the default user");
        Require("log.sentinelPassword", log.SentinelPassword is null || log.SentinelPassword.Length > 0, "must not be empty; leave it out where the Sentinels have no password");
        Require("log.sentinelPassword", log.SentinelUser is null || log.SentinelPassword is not null, "is missing; a user needs one");
    }

    private void Require(string path, bool condition, string message)
    {
        if (!condition && !errors.Has(path))
        {
            errors.Add(path, message);
        }
    }
}
