using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Testing;

namespace Example.Files.Tests;

/// <summary>A folder of its own, that takes files, or does not.</summary>
internal sealed partial class FolderReceiver : ConformanceReceiver
{
    private const int MaxEventBytes = 300_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("file-destination-");

    public override object Settings => new FileSettings { Folder = _folder.FullName, MaxEventSize = new ByteSize(MaxEventBytes) };

    public override IReadOnlyList<string> Secrets => [];

    // The day on which sample events are received.
    private string DayFile => Path.Combine(_folder.FullName, "events-2026-01-01.ndjson");

    private string Aside => DayFile + ".aside";

    public override ValueTask AcceptAsync()
    {
        if (Directory.Exists(DayFile))
        {
            Directory.Delete(DayFile);
        }
        else if (File.Exists(Aside))
        {
            // Both ends in one: whoever waits for the other end gets on.
            using var bothEnds = File.OpenHandle(DayFile, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            File.Move(Aside, DayFile, overwrite: true);
        }

        return ValueTask.CompletedTask;
    }

    // A folder stands where the file should be.
    public override ValueTask FailAsync()
    {
        Directory.CreateDirectory(DayFile);
        return ValueTask.CompletedTask;
    }

    // A named pipe that nobody reads stands where the file should be: to open it waits for the other end, as a dead network drive would.
    public override ValueTask HangAsync()
    {
        if (File.Exists(DayFile))
        {
            File.Move(DayFile, Aside);
        }
        else
        {
            File.WriteAllText(Aside, "");
        }

        return MakePipe(DayFile, Convert.ToUInt32("600", 8)) == 0 ? ValueTask.CompletedTask : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public override ValueTask<SampleEvent> RefuseAsync(SampleEvent sample) =>
        ValueTask.FromResult(sample with { Body = sample.Body + new string(' ', MaxEventBytes) });

    public override async ValueTask<IReadOnlyList<ReceivedEvent>> ReadAsync()
    {
        if (!File.Exists(DayFile))
        {
            return [];
        }

        var arrived = new List<ReceivedEvent>();
        await foreach (var line in File.ReadLinesAsync(DayFile))
        {
            using var read = JsonDocument.Parse(line);
            arrived.Add(new ReceivedEvent(read.RootElement.GetProperty("id").GetString()!, line));
        }

        return arrived;
    }

    public override async ValueTask DisposeAsync()
    {
        await AcceptAsync();
        _folder.Delete(recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
