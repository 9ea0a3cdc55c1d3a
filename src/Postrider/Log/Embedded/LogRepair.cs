namespace Postrider.Log.Embedded;

/// <summary>Makes a damaged log whole: good events keep their places, lost ones become dead letters and leave fillers.</summary>
internal sealed class LogRepair(IStorage storage, LogFolder folder, TimeProvider time, TextWriter output)
{
    private const string DamagedExtension = ".damaged";

    public long Run()
    {
        var (logId, state, segments) = LogSurvey.Take(storage, folder);
        var surveys = segments.ToList();
        if (state is null && surveys.Exists(survey => survey.Good.Count > 0))
        {
            output.WriteLine($"{folder.State} is missing: which destinations had settled the lost events is not known, so none gets a dead letter.");
        }

        var missing = surveys.SelectMany(survey => survey.Missing).ToList();
        var front = FindFront(state, surveys);
        if (front is { } range)
        {
            missing.Insert(0, range);
        }

        if (missing.Count > 0 && state is not null)
        {
            // The letters first: after a crash in between the same events are found missing again, and a letter replaces itself.
            Bury(logId, state, missing);
        }

        if (front is { } lostFront)
        {
            WriteFront(logId, lostFront);
        }

        foreach (var survey in surveys)
        {
            if (survey.Missing.Count > 0 || !survey.HeaderGood)
            {
                Rewrite(survey, logId);
            }
        }

        RemoveLastIndex(surveys);
        var lost = missing.Sum(gap => gap.Before - gap.From);
        output.WriteLine(lost == 0 ? "No event is lost." : $"{lost} events are lost; they are dead letters of class corrupt now.");
        return lost;
    }

    // The state says where the log should begin.
    private static (long From, long Before)? FindFront(StateMeta? state, List<SegmentSurvey> surveys)
    {
        var first = surveys.Count > 0 ? surveys[0].First : state?.KnownEnd ?? 1;
        return state is not null && state.TruncatedTo < first ? (state.TruncatedTo, first) : null;
    }

    private void WriteFront(string logId, (long From, long Before) range)
    {
        var now = time.GetUtcNow();
        var path = folder.SegmentAt(range.From);
        var temporary = path + LogFolder.TemporaryExtension;
        using (var file = storage.Create(temporary))
        {
            file.Write(new SegmentHeader(range.From, now, logId).ToBytes(), 0);
            FillerRecords.Write(file, SegmentHeader.Length, Crc32C.Seed(logId), range.From, range.Before, now);
            file.Sync();
        }

        storage.Rename(temporary, path);
        storage.SyncDirectory(folder.Events);
        output.WriteLine($"{Path.GetFileName(path)}: made anew in place of the missing events {range.From} to {range.Before - 1}.");
    }

    // A last segment with an index was sealed: the one that followed is gone. Without the index it is simply the last.
    private void RemoveLastIndex(List<SegmentSurvey> surveys)
    {
        if (surveys is [.., var last] && LogFolder.IndexOf(last.Path) is var index && File.Exists(index))
        {
            storage.Delete(index);
            storage.SyncDirectory(folder.Events);
            output.WriteLine($"{Path.GetFileName(last.Path)} is the last segment now.");
        }
    }

    private void Rewrite(SegmentSurvey survey, string logId)
    {
        var temporary = survey.Path + LogFolder.TemporaryExtension;
        var now = time.GetUtcNow();
        using (var from = storage.OpenRead(survey.Path))
        {
            KeepDamaged(survey.Path, from);
            using var to = storage.Create(temporary);
            to.Write(new SegmentHeader(survey.First, now, logId).ToBytes(), 0);
            var offset = (long)SegmentHeader.Length;
            var position = survey.First;
            var seed = Crc32C.Seed(logId);
            foreach (var (at, frame) in survey.Good)
            {
                offset = FillerRecords.Write(to, offset, seed, position, frame.Position, now);
                offset = Copy(from, at, to, offset, frame.Length);
                position = frame.Position + 1;
            }

            FillerRecords.Write(to, offset, seed, position, survey.Before, now);
            to.Sync();
        }

        storage.Delete(LogFolder.IndexOf(survey.Path));
        storage.Rename(temporary, survey.Path);
        storage.SyncDirectory(folder.Events);
        output.WriteLine($"{Path.GetFileName(survey.Path)}: {survey.MissingCount} lost events replaced; the damaged file is kept with the ending {DamagedExtension}.");
    }

    private void KeepDamaged(string path, IStorageFile from)
    {
        using var kept = storage.Create(path + DamagedExtension);
        for (long offset = 0, length = from.Length; offset < length;)
        {
            offset = Copy(from, offset, kept, offset, (int)Math.Min(ChunkPool.ChunkLength, length - offset));
        }

        kept.Sync();
    }

    private static long Copy(IStorageFile from, long at, IStorageFile to, long offset, int length)
    {
        var buffer = new byte[length];
        if (from.Read(buffer, at) != length)
        {
            throw new IOException("A record that was read before cannot be read again.");
        }

        to.Write(buffer, offset);
        return offset + length;
    }

    private void Bury(string logId, StateMeta state, List<(long From, long Before)> missing)
    {
        var database = StateDatabase.Open(folder.State, logId, state.TruncatedTo);
        try
        {
            var buried = database.WriteAsync(
                connection => new CorruptLetters(connection, time.GetUtcNow()).Bury(missing), CancellationToken.None).GetAwaiter().GetResult();
            output.WriteLine($"{buried} dead letters of class corrupt.");
        }
        finally
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
