using System.Globalization;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Builds one write: the steps of <c>Scripts/state-write.lua</c>, by the same names.</summary>
/// <param name="generation">The caller's generation.</param>
internal sealed class StateSteps(RedisValue generation)
{
    // Given up ranges tell an event's story as long as someone may ask; no longer than that once the log has forgotten the events.
    private static readonly TimeSpan GivenUpKeptFor = TimeSpan.FromDays(30);

    // A destination that skips its backlog all the time may give up a range each second.
    private const int GivenUpKept = 100_000;

    private readonly List<RedisValue> _arguments = [generation];

    public RedisValue[] ToArguments() => [.. _arguments];

    public StateSteps Add(string step, params ReadOnlySpan<RedisValue> arguments)
    {
        _arguments.Add(step);
        _arguments.AddRange(arguments);
        return this;
    }

    public StateSteps On(string destination) => Add("on", destination);

    public StateSteps Progress(DestinationSave save) =>
        Add("progress", DestinationCodec.Progress(save.Progress, save.Counters), save.Progress.Cursor, save.Counters.ParkedEvents);

    public StateSteps Register(DestinationRecord record) => On(record.Name).Add(
        "register", record.StartPosition, DestinationCodec.Control(record.Control), DestinationCodec.Progress(record.Progress, record.Counters),
        record.Progress.Cursor, record.Counters.ParkedEvents, StateTime.Of(record.LastListed));

    public StateSteps LetGo(ParkedEvent parked, DeadLetter letter) =>
        Add("letgo", ParkedCodec.Place(parked.Lane, parked.Place), Bytes(parked.Position), parked.Position, LetterCodec.Write(letter));

    public StateSteps GiveUp(GivenUpRange range, DateTimeOffset now) =>
        Add("giveup", GivenUpCodec.Write(range), StateTime.Of(now - GivenUpKeptFor), GivenUpKept);

    public StateSteps Apply(string destination, StateChange change, DateTimeOffset now) => change switch
    {
        StateChange.Park(var parked) => Add("park", ParkedCodec.Place(parked.Lane, parked.Place), parked.Position, ParkedCodec.Details(parked)),
        StateChange.Unpark(var lane, var place) => Add("unpark", ParkedCodec.Place(lane, place), place.Position),
        StateChange.SetDue(var lane, var due) => Add("due", ParkedCodec.Lane(lane), new StateWriter().Time(due).ToArray()),
        StateChange.ClearDue(var lane) => Add("nodue", ParkedCodec.Lane(lane)),
        StateChange.Bury(var letter) => Add("bury", Bytes(letter.Position), letter.Position, LetterCodec.Write(letter)),
        StateChange.Exhume(var position) => Add("exhume", Bytes(position), position),
        StateChange.DeleteLetter(var position) => Add("delete", Bytes(position), position),
        StateChange.GiveUp(var range) => GiveUp(range, now),
        StateChange.Replayed(var replay, var progress) => Replayed(replay, destination, progress),
        StateChange.Route(var from, var text) => Add("route", Bytes(from), text),
        StateChange.Control(var control) => Add("control", DestinationCodec.Control(control)),
        _ => throw new ArgumentException($"Unknown change {change.GetType().Name}.", nameof(change)),
    };

    /// <summary>How far a replay has come; an empty destination: whosever it is.</summary>
    public StateSteps Replayed(string replay, string destination, ReplayProgress progress) =>
        Add("replayed", replay, destination, ReplayCodec.Write(progress), progress.Next);

    /// <summary>A number as sorted sets of bytes hold it.</summary>
    public static byte[] Bytes(long number) => new StateWriter().Number(number).ToArray();

    /// <summary>A number that a script told as bytes, as text.</summary>
    public static string Text(byte[] number) => new StateReader(number).Number().ToString(CultureInfo.InvariantCulture);
}
