using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Tests.Architecture;

namespace Postrider.Tests.Diagnostics;

/// <summary>The tables of docs/telemetry.md are those of the code.</summary>
public sealed partial class TelemetryPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "telemetry.md"));

    [Fact]
    public async Task Metrics_OfARunningServer_AreThoseOfThePage()
    {
        var folder = Directory.CreateTempSubdirectory("postrider-test-");
        try
        {
            var found = await ReadInstrumentsAsync(folder.FullName);

            var written = MetricRow().Matches(Page).Select(row => string.Join(" | ", row.Groups.Values.Skip(1).Select(group => group.Value))).Order(StringComparer.Ordinal);
            Assert.Equal(found, written);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Labels_OfMetrics_AreThoseOfThePage()
    {
        var labels = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        using var services = new ServiceCollection().AddMetrics().AddSingleton<PostriderMetrics>().BuildServiceProvider();
        var metrics = services.GetRequiredService<PostriderMetrics>();
        using var listener = Listen<long>(metrics.Meter, (name, tags) => Note(labels, name, tags));
        using var durations = Listen<double>(metrics.Meter, (name, tags) => Note(labels, name, tags));

        metrics.EventsAccepted("app", 1);
        metrics.EventsRepeated("app", 1, conflicting: true);
        metrics.RequestRefused("x");
        metrics.Attempted("crm", "webhook", "retry", "timeout", TimeSpan.FromSeconds(1));
        metrics.Committed(TimeSpan.FromSeconds(1), 1);
        metrics.ObserveDestinations(() => [new DestinationGauges("crm", 1, 1, 1, 1, true)]);
        metrics.ObserveLog(() => (1, 1, 1));
        listener.RecordObservableInstruments();

        Assert.Equal(15, labels.Count);
        Assert.All(labels, measured =>
        {
            var row = Regex.Match(Page, $@"(?m)^\| `{Regex.Escape(measured.Key)}` \|[^|]*\|[^|]*\|(?<labels>[^|]*)\|");
            Assert.Equal(measured.Value, CodeSpan().Matches(row.Groups["labels"].Value).Select(label => label.Groups[1].Value).Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void Attributes_OfSpans_AreThoseOfThePage()
    {
        var names = typeof(SpanAttributes).GetFields().Select(field => (string)field.GetRawConstantValue()!).Where(name => name.Contains('.', StringComparison.Ordinal));

        var written = AttributeRow().Matches(Page).Select(row => row.Groups[1].Value);

        Assert.Equal(names.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    private static async Task<string[]> ReadInstrumentsAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        const string yaml = "gateway: { listen: 'http://127.0.0.1:0' }\nadmin: { listen: 'http://127.0.0.1:0' }\nlog: { path: data }\n";
        await using var app = PostriderHost.Build(builder, postrider => postrider.LoadFromText(yaml, "p.yaml", folder));
        var meter = app.Services.GetRequiredService<PostriderMetrics>().Meter;
        var found = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter, meter))
                {
                    found.Add($"{instrument.Name} | {KindOf(instrument)} | {instrument.Unit} | {instrument.Description}");
                }
            },
        };
        listener.Start();
        await app.StartAsync(TestContext.Current.CancellationToken);
        await app.StopAsync(TestContext.Current.CancellationToken);
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static string KindOf(Instrument instrument)
    {
        var name = instrument.GetType().Name;
        return name.Contains("UpDown", StringComparison.Ordinal) ? "sum"
            : name.Contains("Counter", StringComparison.Ordinal) ? "counter"
            : name.Contains("Histogram", StringComparison.Ordinal) ? "histogram" : "gauge";
    }

    private static MeterListener Listen<T>(Meter meter, Action<string, string[]> note)
        where T : struct
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (ReferenceEquals(instrument.Meter, meter))
                {
                    own.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<T>((instrument, _, tags, _) => note(instrument.Name, [.. tags.ToArray().Select(tag => tag.Key)]));
        listener.Start();
        return listener;
    }

    private static void Note(SortedDictionary<string, SortedSet<string>> labels, string name, string[] tags)
    {
        if (!labels.TryGetValue(name, out var known))
        {
            labels[name] = known = new SortedSet<string>(StringComparer.Ordinal);
        }

        known.UnionWith(tags);
    }

    [GeneratedRegex(@"(?m)^\| `(postrider\.[a-z_.]+)` \| ([a-z]+) \| `([^`]+)` \|[^|]*\| ([^|]+) \|$")]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"(?m)^\| `([a-z_.]+)` \| (?:server|client|both) \|")]
    private static partial Regex AttributeRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();
}
