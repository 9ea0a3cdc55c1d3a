using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Replays as fields of one hash: what was asked for, which never changes, and how far it has come.</summary>
internal static class ReplayCodec
{
    private const int HasKey = 1;
    private const int HasType = 2;
    private const int HasClass = 4;
    private const int HasSince = 8;
    private const int HasUntil = 16;
    private const int HasPosition = 32;
    private const int HasRate = 64;

    private const int HasFinishedAt = 1;
    private const int HasReason = 2;

    /// <summary>What scripts look at stands first: of dead letters, before, destination. As stored, a number stands before it.</summary>
    public static byte[] Write(ReplayJob replay)
    {
        var filter = replay.Filter;
        var flags = Flag(filter.Key, HasKey) | Flag(filter.Type, HasType) | Flag(filter.Class, HasClass) | Flag(filter.Since, HasSince)
            | Flag(filter.Until, HasUntil) | Flag(filter.Position, HasPosition) | Flag(replay.Rate, HasRate);
        return new StateWriter()
            .Byte(replay.OfDeadLetters ? 1 : 0).Number(replay.Before).Text(replay.Destination)
            .Number(replay.From).Number(replay.Total).Time(replay.CreatedAt)
            .Byte(flags).Text(filter.Key).Text(filter.Type).Text(filter.Class)
            .Number(filter.Since is { } since ? StateTime.Bound(since) : 0).Number(filter.Until is { } until ? StateTime.Bound(until) : 0)
            .Number(filter.Position ?? 0).Number(BitConverter.DoubleToUInt64Bits(replay.Rate ?? 0))
            .ToArray();
    }

    public static byte[] Write(ReplayProgress progress) => new StateWriter()
        .Byte((int)progress.State).Number(progress.Next).Number(progress.Events)
        .Byte(Flag(progress.FinishedAt, HasFinishedAt) | Flag(progress.Reason, HasReason))
        .Time(progress.FinishedAt ?? DateTimeOffset.MinValue).Rest(progress.Reason ?? "").ToArray();

    /// <summary>All, newest first.</summary>
    /// <param name="hash">Names and values in turn.</param>
    public static List<ReplayJob> ReadAll(RedisResult[] hash)
    {
        var fields = hash.Chunk(2).ToDictionary(pair => (string)pair[0]!, pair => (byte[])pair[1]!, StringComparer.Ordinal);
        return [.. fields.Where(field => !field.Key.EndsWith("\0p", StringComparison.Ordinal))
            .Select(field => Read(field.Key, field.Value, fields[field.Key + "\0p"]))
            .OrderByDescending(replay => replay.Number).Select(replay => replay.Job)];
    }

    private static (long Number, ReplayJob Job) Read(string id, byte[] stored, byte[] progress)
    {
        var reader = new StateReader(stored);
        var (number, ofLetters, before, destination) = (reader.Number(), reader.Byte(), reader.Number(), reader.Text());
        var (from, total, createdAt, flags) = (reader.Number(), reader.Number(), reader.Time(), reader.Byte());
        var (key, type, kind, since, until) = (reader.Text(), reader.Text(), reader.Text(), reader.Time(), reader.Time());
        var (position, rate) = (reader.Number(), BitConverter.UInt64BitsToDouble(reader.UnsignedNumber()));
        return (number, new ReplayJob
        {
            Id = id,
            Destination = destination,
            OfDeadLetters = ofLetters != 0,
            Filter = new DeadLetterFilter
            {
                Key = (flags & HasKey) != 0 ? key : null,
                Type = (flags & HasType) != 0 ? type : null,
                Class = (flags & HasClass) != 0 ? kind : null,
                Since = (flags & HasSince) != 0 ? since : null,
                Until = (flags & HasUntil) != 0 ? until : null,
                Position = (flags & HasPosition) != 0 ? position : null,
            },
            Rate = (flags & HasRate) != 0 ? rate : null,
            From = from,
            Before = before,
            Total = total,
            CreatedAt = createdAt,
            Progress = ReadProgress(progress),
        });
    }

    private static ReplayProgress ReadProgress(byte[] bytes)
    {
        var reader = new StateReader(bytes);
        var (state, next, events, flags, finishedAt) = ((ReplayState)reader.Byte(), reader.Number(), reader.Number(), reader.Byte(), reader.Time());
        return new ReplayProgress(state, next, events, (flags & HasFinishedAt) != 0 ? finishedAt : null, (flags & HasReason) != 0 ? reader.RestText() : null);
    }

    private static int Flag(object? value, int flag) => value is null ? 0 : flag;
}
