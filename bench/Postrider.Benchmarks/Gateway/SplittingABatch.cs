using System.Net;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Postrider.Configuration;
using Postrider.Gateway;
using Postrider.Gateway.Segment;

namespace Postrider.Benchmarks.Gateway;

/// <summary>What splitting a batch of 500 events of 300 bytes costs an event, beside what its parsing alone does.</summary>
[MemoryDiagnoser]
public class SplittingABatch
{
    private const int Count = 500;
    private const int EventBytes = 300;
    private const string End = "\"}}";

    private static readonly RequestFacts Facts = new() { ReceivedAt = DateTimeOffset.UnixEpoch.AddYears(56), Address = IPAddress.Loopback };
    private static readonly PostriderConfig Config = new();

    private readonly SegmentRoute _route = SegmentRoutes.Find("/v1/batch")!;
    private readonly ReceiveBudget _budget = new();
    private readonly IntakeReader _reader;
    private readonly GatewaySource _source = new(new SourceConfig { Name = "web" }, []);
    private byte[] _body = [];

    public SplittingABatch() => _reader = new IntakeReader(new SourceAuthenticator(), _budget);

    /// <summary>Whether each event is another person's.</summary>
    [Params(false, true)]
    public bool ManyUsers { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var events = Enumerable.Range(0, Count).Select(number =>
        {
            var user = ManyUsers ? 100_000 + number : 100_000;
            var start = $$$"""{"type":"track","event":"Order Completed","userId":"{{{user}}}","messageId":"node-next-{{{number:D12}}}","timestamp":"2026-01-31T08:00:00.000Z","context":{"library":{"name":"analytics-node","version":"3.1.0"}},"properties":{"total":12.5,"note":"x""";
            return start + new string('x', EventBytes - start.Length - End.Length) + End;
        });
        _body = Encoding.UTF8.GetBytes($$"""{"batch":[{{string.Join(',', events)}}],"sentAt":"2026-01-01T00:00:01Z"}""");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public long Parse()
    {
        var reader = new Utf8JsonReader(_body);
        while (reader.Read())
        {
        }

        return reader.BytesConsumed;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int Scan()
    {
        var scan = BodyScan.Rent();
        scan.TryRead(_body, isBatch: true, Count, out _);
        var count = scan.Events.Length;
        BodyScan.Return(scan);
        return count;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int ScanStampAndBuild()
    {
        var intake = _reader.Read(_body, _route, _source, null, Facts, Config);
        _budget.Return(intake.Weight);
        return intake.Error is null ? intake.Events.Count : throw new InvalidOperationException(intake.Error.Message);
    }
}
