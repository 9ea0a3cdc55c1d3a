using Postrider.Load.Measuring;

namespace Postrider.Load.Generating;

/// <summary>Publishes events from one thread over many connections. Each connection owns its users and awaits every answer, so a user's events are accepted in the order of their numbers.</summary>
internal sealed class Generator(int port, int connections, int users, Func<int, IRequestTemplate> requests)
{
    private readonly int[] _sequences = new int[users];
    private long _acceptedCount;

    /// <summary>Publishes to the default source.</summary>
    public Generator(int port, int connections, int users, int bodyBytes)
        : this(port, connections, users, ofPort => new RequestTemplate(ofPort, bodyBytes))
    {
    }

    /// <summary>What was answered 200, over all runs of this generator.</summary>
    public SequenceSet Accepted { get; } = new(users);

    /// <summary>How many that is, for other threads to watch.</summary>
    public long AcceptedCount => Volatile.Read(ref _acceptedCount);

    public int Connections => connections;

    public int Users => users;

    /// <summary>Runs the plan on a thread of its own.</summary>
    public Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                using var run = new GeneratorRun(this, port, requests(port), plan);
                return run.Execute(cancellationToken);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    public int NextSequence(int user) => ++_sequences[user];

    public void Accept(int user, int sequence)
    {
        Accepted.Add(user, sequence);
        Volatile.Write(ref _acceptedCount, _acceptedCount + 1);
    }
}
