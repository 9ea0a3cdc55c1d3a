namespace Postrider.Log.Redis.Connecting;

/// <summary>How a Redis is reached. Certificate paths are absolute; the files are read at every connect, so that renewed ones are taken up.</summary>
internal sealed record RedisConnectionSettings
{
    public required IReadOnlyList<(string Host, int Port)> Hosts { get; init; }

    /// <summary>The name under which Sentinels, who are the hosts then, watch the master. Null: the hosts are servers.</summary>
    public string? Sentinel { get; init; }

    public string? SentinelUser { get; init; }

    public string? SentinelPassword { get; init; }

    /// <summary>Null: the default user.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    public int Database { get; init; }

    public bool Tls { get; init; }

    /// <summary>Roots in PEM. Null: the system's.</summary>
    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>The name that the server's certificate must carry. Null: the host's.</summary>
    public string? ServerName { get; init; }

    /// <summary>Hosts and ports, for messages.</summary>
    public string HostText => string.Join(',', Hosts.Select(host => $"{host.Host}:{host.Port}"));

    /// <summary>The same with the name that Sentinels are asked for.</summary>
    public string PlaceText => Sentinel is null ? HostText : $"{Sentinel} by the Sentinels {HostText}";

    /// <summary>Without the password.</summary>
    public override string ToString() => $"RedisConnectionSettings {{ {PlaceText}, Database = {Database}, Tls = {Tls} }}";
}
