namespace Postrider.Log.Embedded;

/// <summary>Reads a whole log and reports what is wrong with it.</summary>
internal sealed class LogVerifier(IStorage storage, LogFolder folder, TextWriter output)
{
    private bool _good = true;

    public bool Run()
    {
        var (logId, state, segments) = LogSurvey.Take(storage, folder);
        long? previous = null;
        long events = 0;
        foreach (var segment in segments)
        {
            events += segment.Good.Count;
            if (state is not null && previous is null && segment.First > Math.Min(state.TruncatedTo, state.LowestCursor ?? long.MaxValue))
            {
                Fault($"The log begins at position {segment.First}, but the state refers to events from {Math.Min(state.TruncatedTo, state.LowestCursor ?? long.MaxValue)} on.");
            }

            Report(segment, logId);
            previous = segment.Before;
        }

        if (state is null && events > 0)
        {
            Fault($"{folder.State} is missing.");
        }

        if (previous is null && state is { KnownEnd: > 1 })
        {
            Fault($"The state knows of events up to {state.KnownEnd - 1}, but there is no segment.");
        }

        output.WriteLine(_good ? $"Log {logId}: {events} events, all good." : $"Log {logId}: {events} good events; damage as above. `postrider log repair` mends it.");
        return _good;
    }

    private void Report(SegmentSurvey segment, string logId)
    {
        var name = Path.GetFileName(segment.Path);
        output.WriteLine($"{name}: {segment.Good.Count} good events from position {segment.First} on.");
        if (!segment.HeaderGood)
        {
            Fault($"{name}: the header is damaged.");
        }

        foreach (var (from, before) in segment.Missing)
        {
            Fault($"{name}: events {from} to {before - 1} are damaged or missing.");
        }

        if (segment.Missing.Count == 0 && segment.TailBytes > 0)
        {
            output.WriteLine($"{name}: {segment.TailBytes} bytes of a write that never completed stand at its end; the next start cuts them off.");
        }

        var index = LogFolder.IndexOf(segment.Path);
        if (File.Exists(index) && !SegmentIndex.TryRead(SegmentFiles.ReadAll(storage, index), logId, segment.First, out _, out _, out _))
        {
            output.WriteLine($"{name}: its index is damaged; the next start rebuilds it.");
        }
    }

    private void Fault(string line)
    {
        _good = false;
        output.WriteLine(line);
    }
}
