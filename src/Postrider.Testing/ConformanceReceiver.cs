using Postrider.Destinations;

namespace Postrider.Testing;

/// <summary>
/// The far end that a test stands up for a destination: a real server, folder or database, of its own for each test. It begins by accepting
/// everything. Its methods are called one after another; deliveries come meanwhile and concurrently.
/// </summary>
public abstract class ConformanceReceiver : IAsyncDisposable
{
    /// <summary>The settings of a destination that delivers here: an instance of the factory's settings type. Give it every secret that the type
    /// knows, and name those in <see cref="Secrets"/>.</summary>
    public abstract object Settings { get; }

    /// <summary>The secrets in <see cref="Settings"/>: texts that must never be printed. Empty where the type has none.</summary>
    public abstract IReadOnlyList<string> Secrets { get; }

    /// <summary>From now on it takes everything but refused events. Ends failing and hanging; calls that hang may end in any way.</summary>
    public abstract ValueTask AcceptAsync();

    /// <summary>From now on every attempt fails in a way that a later attempt may cure: the server answers 503, the folder is gone, the primary
    /// has stepped down. Comes before refusing: a refused event fails like any other.</summary>
    public abstract ValueTask FailAsync();

    /// <summary>From now on every attempt is left without an answer: a connection that stays silent, a lock that somebody holds.</summary>
    public abstract ValueTask HangAsync();

    /// <summary>From now on this event is refused for good, while others are taken as before. Either the receiver remembers its id (an answer
    /// of 400, a validation rule), or the event is changed into one that nobody can take (too large, of an unusable form).</summary>
    /// <param name="sample">The event; its id is set.</param>
    /// <returns>The event to deliver: the same, or the changed one with the same id, key and position.</returns>
    public abstract ValueTask<SampleEvent> RefuseAsync(SampleEvent sample);

    /// <summary>What has arrived for good since the start, in the order of its arrival. Called only while it accepts.</summary>
    public abstract ValueTask<IReadOnlyList<ReceivedEvent>> ReadAsync();

    /// <summary>Takes it down; calls that still hang end in any way.</summary>
    public abstract ValueTask DisposeAsync();
}
