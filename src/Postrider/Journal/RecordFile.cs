using System.Buffers.Binary;
using System.IO.Hashing;
using Postrider.Log;

namespace Postrider.Journal;

/// <summary>
/// Keeps records in one file of this process, for a log whose storage is others' too. The file is written whole, beside the old one, synced
/// and renamed over it: a crash leaves the one or the other. A second process with the same folder takes the next name.
/// </summary>
/// <remarks>
/// <code>
/// "PRIDRREC" · u32 version (1) · then for each record: u32 kind · i64 number · u32 length · bytes · at the end u64 XxHash64 of all before
/// </code>
/// Little-endian.
/// </remarks>
internal sealed class RecordFile : IRecordKeeper, IDisposable
{
    private const uint Version = 1;
    private const int HeadLength = 12;
    private const int RecordHead = 16;
    private const int HashLength = 8;

    // As many processes may share a folder.
    private const int MaxFiles = 32;

    private readonly string _path;
    private readonly FileStream _lock;
    private readonly SortedDictionary<(int Kind, long Number), byte[]> _records = [];

    private RecordFile(string path, FileStream @lock)
    {
        _path = path;
        _lock = @lock;
    }

    private static ReadOnlySpan<byte> Magic => "PRIDRREC"u8;

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <summary>Takes the first file of the folder that no other process has.</summary>
    /// <exception cref="IOException">There is none, or the folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    public static RecordFile Open(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var i = 1; ; i++)
        {
            var path = System.IO.Path.Combine(folder, $"history-{i}");
            try
            {
                // Held until the end; the system lets go of it when the process dies.
                return new RecordFile(path, new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (i < MaxFiles && File.Exists(path + ".lock"))
            {
            }
        }
    }

    public async Task<IReadOnlyList<KeptRecord>> LoadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_path))
        {
            return [];
        }

        var bytes = await File.ReadAllBytesAsync(_path, cancellationToken).ConfigureAwait(false);
        foreach (var record in Read(bytes))
        {
            _records[(record.Key.Kind, record.Key.Number)] = record.Bytes;
        }

        return [.. _records.Select(record => new KeptRecord(new RecordKey(record.Key.Kind, record.Key.Number), record.Value))];
    }

    public Task SaveAsync(IReadOnlyList<KeptRecord> written, IReadOnlyList<RecordKey> removed, CancellationToken cancellationToken)
    {
        foreach (var key in removed)
        {
            _records.Remove((key.Kind, key.Number));
        }

        foreach (var (key, bytes) in written)
        {
            _records[(key.Kind, key.Number)] = bytes;
        }

        return Task.Run(Write, cancellationToken);
    }

    public void Dispose() => _lock.Dispose();

    private static List<KeptRecord> Read(byte[] bytes)
    {
        if (bytes.Length < HeadLength + HashLength || !bytes.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(bytes.Length - HashLength)) != XxHash64.HashToUInt64(bytes.AsSpan(0, bytes.Length - HashLength))
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)) != Version)
        {
            throw new InvalidDataException("The file is damaged, or of another version.");
        }

        var records = new List<KeptRecord>();
        var rest = bytes.AsSpan(HeadLength, bytes.Length - HeadLength - HashLength);
        while (rest.Length >= RecordHead)
        {
            var key = new RecordKey(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt64LittleEndian(rest[4..]));
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest[12..]);
            records.Add(new KeptRecord(key, rest.Slice(RecordHead, length).ToArray()));
            rest = rest[(RecordHead + length)..];
        }

        return records;
    }

    private void Write()
    {
        var temporary = _path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            var hash = new XxHash64();
            var head = new byte[RecordHead];
            Magic.CopyTo(head);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), Version);
            Put(file, hash, head.AsSpan(0, HeadLength));
            foreach (var ((kind, number), bytes) in _records)
            {
                BinaryPrimitives.WriteInt32LittleEndian(head, kind);
                BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(4), number);
                BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), bytes.Length);
                Put(file, hash, head);
                Put(file, hash, bytes);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(head, hash.GetCurrentHashAsUInt64());
            file.Write(head, 0, HashLength);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }

    private static void Put(FileStream file, XxHash64 hash, ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        hash.Append(bytes);
    }
}
