using System.Collections.Concurrent;
using System.Net;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Torture;

/// <summary>One client: its own users, one request in flight, each answer awaited; a request without an answer is sent again, for as long as it takes.</summary>
/// <param name="number">Part of its users' names.</param>
/// <param name="server">Where it publishes.</param>
/// <param name="gate">Holds it while there is no server.</param>
/// <param name="paced">Slower than it can.</param>
/// <param name="refusals">When it may be answered with 503; null: never.</param>
internal sealed class TortureClient(int number, PostriderServer server, ServerGate gate, bool paced, FaultTimes? refusals)
{
    private static readonly TimeSpan Refused = TimeSpan.FromMilliseconds(20);
    private static readonly string Filler = new('x', 160);

    private readonly Dictionary<string, Dictionary<SentEvent, string>> _accepted = [];
    private readonly Dictionary<string, Dictionary<int, int>> _tries = [];
    private readonly ConcurrentQueue<Latency> _latencies = new();

    /// <summary>How long successes took, with when they came.</summary>
    public IEnumerable<Latency> Latencies => _latencies;

    public long AcceptedCount => _accepted.Values.Sum(events => (long)events.Count);

    public long Unanswered { get; private set; }

    /// <summary>Those of them that were answered with 503.</summary>
    public long Refusals { get; private set; }

    public IEnumerable<string> Users => Enumerable.Range(0, TorturePlan.UsersOfAClient).Select(user => $"c{number}-{user}");

    public IReadOnlyDictionary<SentEvent, string> AcceptedOf(string user) => _accepted.GetValueOrDefault(user) ?? [];

    public IReadOnlyDictionary<int, int> TriesOf(string user) => _tries.GetValueOrDefault(user) ?? [];

    /// <summary>Publishes until told to end, and ends with an answer to its last event.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        using var pace = paced ? new PeriodicTimer(TimeSpan.FromSeconds(1.0 / TorturePlan.LongRunPace), TimeProvider.System) : null;
        foreach (var user in Users)
        {
            _accepted.Add(user, []);
            _tries.Add(user, []);
        }

        for (var event_ = 1; ; event_++)
        {
            foreach (var user in Users)
            {
                if (end.IsCancellationRequested)
                {
                    return;
                }

                await PublishAsync(user, event_);
                await (pace?.WaitForNextTickAsync(CancellationToken.None).AsTask() ?? Task.CompletedTask);
            }
        }
    }

    private async Task PublishAsync(string user, int event_)
    {
        for (var attempt = 1; ; attempt++)
        {
            await gate.WaitAsync(TestContext.Current.CancellationToken);
            var sent = new SentEvent(event_, attempt);
            _tries[user][event_] = attempt;
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                var answer = await server.PublishAsync(user, $"\"{sent}\"", $",\"filler\":\"{Filler}\"");
                if (answer.Status == HttpStatusCode.ServiceUnavailable && refusals?.Met(began) is true)
                {
                    // Redis was killed: here too nobody knows. It comes again soon, as clients that are refused do.
                    Unanswered++;
                    Refusals++;
                    await Task.Delay(Refused, TimeProvider.System, TestContext.Current.CancellationToken);
                    continue;
                }

                Assert.True(answer.Status == HttpStatusCode.OK, $"Event {sent} of {user}: {answer}");
                _accepted[user].Add(sent, answer.Id!);
                _latencies.Enqueue(new Latency(TimeProvider.System.GetTimestamp(), TimeProvider.System.GetElapsedTime(began)));
                return;
            }
            catch (HttpRequestException)
            {
                // The server was killed: whether it had stored the event nobody knows.
                Unanswered++;
            }
        }
    }

    /// <summary>A success that came at a time after so long.</summary>
    internal readonly record struct Latency(long At, TimeSpan Time);
}
