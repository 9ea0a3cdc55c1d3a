using System.Text.Json;
using Postrider.Configuration;
using Postrider.Destinations;

namespace Example.Files.Tests;

/// <summary>What the conformance suite cannot know: how the files look.</summary>
public sealed class FileDestinationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("file-destination-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Event_Written_IsOneLineWithItsIdAndBody()
    {
        var sample = new SampleEvent { Id = "evt_1", Body = "{\n  \"userId\": \"ž\", \"payload\": 1.50\n}" };

        await DeliverAsync(sample);

        Assert.Equal(
            """{"id":"evt_1","receivedAt":"2026-01-01T00:00:00+00:00","event":{"userId":"ž","payload":1.50}}""",
            Assert.Single(Lines("2026-01-01")));
    }

    [Fact]
    public async Task Batch_OfTwoDays_GoesToTwoFiles()
    {
        var evening = new SampleEvent { Id = "evt_1", ReceivedAt = new DateTimeOffset(2026, 1, 31, 23, 59, 59, TimeSpan.Zero) };
        var morning = new SampleEvent { Id = "evt_2", ReceivedAt = evening.ReceivedAt.AddSeconds(1) };
        var late = evening with { Id = "evt_3" };

        await DeliverAsync(evening, morning, late);

        Assert.Equal(["evt_1", "evt_3"], Lines("2026-01-31").Select(IdOf));
        Assert.Equal(["evt_2"], Lines("2026-02-01").Select(IdOf));
    }

    [Fact]
    public async Task File_TornByACrash_IsGoneOnWithOnANewLine()
    {
        File.WriteAllText(PathOf("2026-01-01"), """{"id":"evt_0","rec""");

        await DeliverAsync(new SampleEvent { Id = "evt_1" });
        await DeliverAsync(new SampleEvent { Id = "evt_2" });

        Assert.Equal(["evt_1", "evt_2"], Lines("2026-01-01").Skip(1).Select(IdOf));
    }

    [Fact]
    public async Task Batch_SecondDayFails_FirstIsDelivered()
    {
        var first = new SampleEvent { Id = "evt_1" };
        var second = new SampleEvent { Id = "evt_2", ReceivedAt = first.ReceivedAt.AddDays(1) };
        Directory.CreateDirectory(PathOf("2026-01-02"));

        var results = await DeliverAsync(first, second, first with { Id = "evt_3" });

        Assert.Equal([DeliveryOutcome.Delivered, DeliveryOutcome.Retry, DeliveryOutcome.NotAttempted], results.Select(result => result.Outcome));
        Assert.Equal(["evt_1"], Lines("2026-01-01").Select(IdOf));
    }

    private async Task<IReadOnlyList<DeliveryResult>> DeliverAsync(params IEnumerable<SampleEvent> samples)
    {
        var config = new DestinationConfig { Name = "archive", Type = "file", Settings = new FileSettings { Folder = _folder.FullName } };
        await using var destination = new FileDestinationFactory().Create(config);
        return await destination.DeliverAsync([.. samples.Select(sample => sample.ToAttempt())], TestContext.Current.CancellationToken);
    }

    private string PathOf(string day) => Path.Combine(_folder.FullName, $"events-{day}.ndjson");

    private string[] Lines(string day) => File.ReadAllLines(PathOf(day));

    private static string? IdOf(string line)
    {
        using var read = JsonDocument.Parse(line);
        return read.RootElement.GetProperty("id").GetString();
    }
}
