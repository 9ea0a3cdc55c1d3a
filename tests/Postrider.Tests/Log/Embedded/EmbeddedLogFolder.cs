using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postrider.Diagnostics;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>A folder for one test's log, deleted behind it, with the log's small settings.</summary>
internal sealed class EmbeddedLogFolder : IDisposable
{
    private readonly TestMeterFactory _meters = new();

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "postrider-" + Guid.NewGuid().ToString("n"));

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddDays(20000));

    public FaultyStorage Storage { get; } = new();

    public string Events => System.IO.Path.Combine(Path, "events");

    public string State => System.IO.Path.Combine(Path, "state.db");

    public IReadOnlyList<string> Segments => [.. Directory.EnumerateFiles(Events, "*.seg").Order(StringComparer.Ordinal)];

    public EmbeddedLogOptions Options => new()
    {
        Path = Path,
        MinFreeDiskBytes = 0,
        MaxSizeBytes = 1L << 40,
        SegmentBytes = 64 << 10,
        MaxLinger = TimeSpan.Zero,
        Retain = TimeSpan.Zero,
        Storage = Storage,
    };

    public Task<EmbeddedLog> OpenAsync(EmbeddedLogOptions? options = null) => EmbeddedLog.OpenAsync(
        options ?? Options, Time, new PostriderMetrics(_meters), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    /// <summary>Only what happens to the events at start; where the log ends then.</summary>
    public long Recover()
    {
        var recovered = new LogRecovery(Storage, new LogFolder(Path), null, Time, NullLogger.Instance).Run();
        recovered.Active!.Dispose();
        return recovered.Segments[^1].End;
    }

    /// <summary>Makes a log that was closed in order look like one whose process died.</summary>
    public void ForgetClose()
    {
        if (File.Exists(State))
        {
            using var connection = new SqliteConnection($"Data Source={State};Pooling=False");
            connection.Open();
            StateMeta.SetClosedAt(connection, null);
        }
    }

    public void Dispose()
    {
        _meters.Dispose();
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private sealed class TestMeterFactory : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            _meters.Add(new Meter(options));
            return _meters[^1];
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
