namespace Postrider.Log.Embedded;

/// <summary>Writes batches to the active segment, and begins the next. Used by one thread at a time.</summary>
internal sealed class SegmentWriter(
    IStorage storage, LogFolder folder, string logId, SegmentSet segments, IStorageFile active, long segmentBytes, TimeProvider time)
{
    // Far enough ahead that reserving costs nothing, near enough that a start after a crash reads few zeros.
    private const long ReserveStep = 16 << 20;

    // To sync a write into space that was only reserved, the file system must first note that its blocks now hold data: twice the CPU and the
    // wait of one into blocks that were written before. So a small batch writes zeros ahead of itself, synced with it, for the many that follow.
    // A large one costs little for each event as it is, and would double what the disk has to write.
    private const int ZeroStep = 1 << 20;
    private const long SmallBatch = 64 << 10;

    private IStorageFile _file = active;
    private long _reserved;
    private long _zeroed;

    /// <summary>The active file took a failed write: nothing may be written to it again.</summary>
    public bool MustRoll { get; private set; }

    /// <summary>Writes and syncs the batch and lets readers see its bytes.</summary>
    /// <exception cref="IOException">Not durable: call <see cref="Recover"/> before the next write.</exception>
    public void Write(AppendBatch batch)
    {
        var segment = segments.Active;
        if (MustRoll || (!segment.IsEmpty && segment.Length + batch.Bytes > segmentBytes))
        {
            Roll(batch.First);
            segment = segments.Active;
        }

        Reserve(segment.Length + batch.Bytes);
        var offset = segment.Length;
        try
        {
            foreach (var chunk in batch.Seal())
            {
                _file.Write(chunk.Bytes.AsSpan(0, chunk.Length), offset);
                offset += chunk.Length;
            }

            if (batch.Bytes <= SmallBatch && offset > _zeroed)
            {
                _zeroed = Math.Max(offset, Math.Min(offset + ZeroStep, segmentBytes));
                _file.WriteZeros(offset, _zeroed);
            }

            _file.Sync();
        }
        catch
        {
            MustRoll = true;
            throw;
        }

        offset = segment.Length;
        foreach (var @event in batch.Events)
        {
            segment.Index.Add(@event.Position, offset);
            offset += RecordFrame.HeaderLength + @event.Bytes.Length;
        }

        segment.Extend(batch.First + batch.Events.Count, offset);
    }

    /// <summary>
    /// After a failed write: cuts the file at what is known to be durable and begins a new one. The failed pages are never synced again,
    /// because the kernel may have marked them clean without writing them. That the cut itself may not be durable is no harm: a sealed
    /// segment ends where the next one begins.
    /// </summary>
    public void Recover()
    {
        MustRoll = true;
        try
        {
            _file.Truncate(segments.Active.Length);
        }
        catch (IOException)
        {
            // The next segment's first position cuts just as well.
        }

        Roll(segments.Active.End);
    }

    /// <summary>Seals the active segment and begins the next at the position.</summary>
    public void Roll(long first)
    {
        var sealing = segments.Active;
        var next = Create(storage, folder, new SegmentHeader(first, time.GetUtcNow(), logId), out var file);
        next.Attach(file);
        segments.Add(next);
        var sealedFile = _file;
        var wasReserved = Math.Max(_reserved, _zeroed) > sealing.Length;
        _file = file;
        (_reserved, _zeroed) = (0, 0);
        MustRoll = false;
        if (sealing.First == first)
        {
            // An empty segment was replaced under its own name.
            sealing.Dispose();
            return;
        }

        if (wasReserved)
        {
            GiveBack(sealedFile, sealing.Length);
        }

        sealing.Release();
        WriteIndex(sealing);
    }

    /// <summary>Begins a segment file. Its header is durable, and so is its name, before it has it.</summary>
    public static Segment Create(IStorage storage, LogFolder folder, SegmentHeader header, out IStorageFile file)
    {
        var path = folder.SegmentAt(header.FirstPosition);
        var temporary = path + LogFolder.TemporaryExtension;
        file = storage.Create(temporary);
        try
        {
            file.Write(header.ToBytes(), 0);
            file.Sync();
            storage.Rename(temporary, path);
            storage.SyncDirectory(folder.Events);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return new Segment(storage, path, header, new SegmentIndex(header.FirstPosition));
    }

    // An index is only a help: without it the next start scans the segment.
    private void WriteIndex(Segment segment)
    {
        try
        {
            WriteIndex(storage, folder, logId, segment);
        }
        catch (IOException)
        {
        }
    }

    public static void WriteIndex(IStorage storage, LogFolder folder, string logId, Segment segment)
    {
        var bytes = segment.Index.ToBytes(logId, segment.End, segment.Length);
        var temporary = segment.IndexPath + LogFolder.TemporaryExtension;
        using (var file = storage.Create(temporary))
        {
            file.Write(bytes, 0);
            file.Sync();
        }

        storage.Rename(temporary, segment.IndexPath);
        storage.SyncDirectory(folder.Events);
    }

    public void Close()
    {
        if (Math.Max(_reserved, _zeroed) > segments.Active.Length)
        {
            GiveBack(_file, segments.Active.Length);
        }

        _file.Dispose();
    }

    private void Reserve(long end)
    {
        if (end > _reserved)
        {
            _reserved = Math.Max(end, Math.Min(end + ReserveStep, segmentBytes));
            _file.Reserve(_reserved);
        }
    }

    // Zeros that stay behind do no harm: whoever reads the file knows where its events end.
    private static void GiveBack(IStorageFile file, long length)
    {
        try
        {
            file.Truncate(length);
        }
        catch (IOException)
        {
        }
    }
}
