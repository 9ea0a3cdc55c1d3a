using CsCheck;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>Random histories of appends, failures, crashes and cuts against the simplest model: a list of what was acknowledged.</summary>
public sealed class EmbeddedLogPropertyTests
{
    private enum Step
    {
        Append,
        Group,
        FailWrite,
        FailSync,
        Reopen,
        Crash,
        CutTail,
    }

    [Fact]
    public async Task AnyHistory_KeepsWhatWasAcknowledgedInOrder()
    {
        var histories = Gen.Select(Gen.Enum<Step>(), Gen.Int[1, 300]).List[1, 25];

        await histories.SampleAsync(RunAsync, iter: 60, threads: 1);
    }

    private static async Task RunAsync(List<(Step Step, int Size)> history)
    {
        using var folder = new EmbeddedLogFolder();
        var model = new List<string>();
        var number = 0;
        var log = await folder.OpenAsync(folder.Options with { SegmentBytes = 2048 });
        try
        {
            foreach (var (step, size) in history)
            {
                switch (step)
                {
                    case Step.FailWrite:
                        folder.Storage.OnWrite = _ =>
                        {
                            folder.Storage.Heal();
                            return (size, FaultyStorage.InputOutput);
                        };
                        break;
                    case Step.FailSync:
                        folder.Storage.OnSync = _ =>
                        {
                            folder.Storage.Heal();
                            return FaultyStorage.InputOutput;
                        };
                        break;
                    case Step.Append or Step.Group:
                        await AppendAsync(log, step is Step.Group ? 1 + (size % 7) : 1);
                        break;
                    default:
                        folder.Storage.Heal();
                        await log.DisposeAsync();
                        Damage(folder, step, size);
                        log = await folder.OpenAsync(folder.Options with { SegmentBytes = 2048 });
                        break;
                }
            }

            folder.Storage.Heal();
            Assert.Equal(model, await ReadAsync(log));
            Assert.Equal(model.Count + 1, log.Partitions[0].EndPosition);
        }
        finally
        {
            await log.DisposeAsync();
        }

        async Task AppendAsync(EmbeddedLog target, int count)
        {
            var events = Enumerable.Range(0, count).Select(_ => TestEvents.Numbered(number++)).ToList();
            try
            {
                await target.AppendAsync(events);
                model.AddRange(events.Select(TestEvents.Text));
            }
            catch (LogUnavailableException)
            {
            }
        }
    }

    // What a crash in mid-write may leave behind the last acknowledged byte.
    private static void Damage(EmbeddedLogFolder folder, Step step, int size)
    {
        if (step is Step.Reopen)
        {
            return;
        }

        folder.ForgetClose();
        if (step is Step.CutTail)
        {
            using var file = File.OpenWrite(folder.Segments[^1]);
            file.Seek(0, SeekOrigin.End);
            file.Write([.. Enumerable.Range(0, size).Select(i => (byte)(i % 3 == 0 ? 0 : i * 31))]);
        }
    }

    private static async Task<List<string>> ReadAsync(EmbeddedLog log)
    {
        var (all, from) = (new List<string>(), 1L);
        while (await log.Partitions[0].ReadAsync(from, long.MaxValue, 4096, CancellationToken.None) is { Count: > 0 } read)
        {
            all.AddRange(read.Select(TestEvents.Text));
            from = read[^1].Place.Position + 1;
        }

        return all;
    }
}
