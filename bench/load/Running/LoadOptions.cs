namespace Postrider.Load.Running;

/// <summary>What the command line chose.</summary>
internal sealed record LoadOptions
{
    public int Runs { get; init; } = 3;

    public int Pairs { get; init; } = 5;

    public int Connections { get; init; } = 64;

    /// <summary>Of 'batch', whose requests are five hundred times as large.</summary>
    public int BatchConnections { get; init; } = 16;

    public int Users { get; init; } = 1000;

    public int BodyBytes { get; init; } = 300;

    public double Rate { get; init; }

    public long Events { get; init; }

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(4);

    public string? Server { get; init; }

    public string? DataFolder { get; init; }

    public bool StopOrderly { get; init; }

    public bool AnswersDown { get; init; }

    public LogKind Log { get; init; }

    /// <summary>Of a log in Redis; the embedded one always syncs.</summary>
    public RedisDurability Durability { get; init; }

    /// <summary>Members that are added to every generated configuration, as YAML.</summary>
    public string ExtraConfig { get; init; } = "";
}
