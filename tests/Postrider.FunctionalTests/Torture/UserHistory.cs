using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Torture;

/// <summary>What one webhook saw of one user, judged while it happens.</summary>
internal sealed class UserHistory(string webhook, string user)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SentEvent, Seen> _seen = [];
    private readonly List<string> _violations = [];
    private readonly List<Repeat> _repeats = [];
    private SentEvent _last;

    /// <summary>Takes a delivery; says how often it had come before.</summary>
    /// <param name="arrival">What came.</param>
    /// <param name="answer">What it is answered, from how often it has come before.</param>
    public WebhookAnswer Take(WebhookArrival arrival, Func<SentEvent, int, WebhookAnswer> answer)
    {
        var sent = SentEvent.Parse(arrival.Payload);
        lock (_lock)
        {
            if (!arrival.IsSigned)
            {
                _violations.Add($"{Name(sent)} is not signed");
            }

            if (!_seen.TryGetValue(sent, out var seen))
            {
                JudgeOrder(sent);
                seen = new Seen { Id = arrival.Id };
                _seen.Add(sent, seen);
                _last = sent;
            }
            else if (seen.Id != arrival.Id)
            {
                _violations.Add($"P7: {Name(sent)} came as {seen.Id} and again as {arrival.Id}");
            }

            if (seen.SettledAt != 0)
            {
                _repeats.Add(new Repeat(sent, Name(sent), seen.SettledAt, arrival.At));
            }

            var given = answer(sent, seen.Count++);
            if (given.Until is null && given.Status is 200 or 400)
            {
                seen.SettledAt = arrival.At;
                seen.Rejected = given.Status == 400;
            }

            return given;
        }
    }

    /// <summary>The sender of a delivery had gone before its answer: that it is sent again is no fault.</summary>
    public void Unheard(WebhookArrival arrival)
    {
        lock (_lock)
        {
            _seen[SentEvent.Parse(arrival.Payload)].Unheard = true;
        }
    }

    /// <summary>What is wrong at the end.</summary>
    /// <param name="accepted">The events that were answered with success, with their ids.</param>
    /// <param name="tries">How often each number was sent.</param>
    public IEnumerable<string> Judge(IReadOnlyDictionary<SentEvent, string> accepted, IReadOnlyDictionary<int, int> tries)
    {
        lock (_lock)
        {
            var found = new List<string>(_violations);
            foreach (var (sent, id) in accepted)
            {
                if (!_seen.TryGetValue(sent, out var seen))
                {
                    found.Add($"P2: {Name(sent)} ({id}) was accepted and never came");
                }
                else if (seen.SettledAt == 0)
                {
                    found.Add($"P2: {Name(sent)} ({id}) came {seen.Count} times and was never taken");
                }
                else if (seen.Id != id)
                {
                    found.Add($"P7: {Name(sent)} was accepted as {id} and came as {seen.Id}");
                }
            }

            found.AddRange(_seen.Keys.Where(sent => tries.GetValueOrDefault(sent.Number) < sent.Try).Select(sent => $"{Name(sent)} came and was never sent"));
            return found;
        }
    }

    public IReadOnlyList<Repeat> Repeats
    {
        get
        {
            lock (_lock)
            {
                return [.. _repeats.Where(repeat => !_seen[repeat.Sent].Unheard)];
            }
        }
    }

    /// <summary>When each event was first taken or rejected.</summary>
    public IReadOnlyList<Settled> Settlements
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen.Values.Where(seen => seen.SettledAt != 0).Select(seen => new Settled(seen.Id, seen.Rejected))];
            }
        }
    }

    private string Name(SentEvent sent) => $"{webhook}: event {sent} of {user}";

    private void JudgeOrder(SentEvent sent)
    {
        if (sent < _last)
        {
            _violations.Add($"P3: {Name(sent)} came first after {_last}");
        }
        else if (_last != default && _seen[_last].SettledAt == 0)
        {
            _violations.Add($"P3: {Name(sent)} came while {_last} was neither taken nor rejected");
        }
    }

    /// <summary>An event that came although it had been taken or rejected, and its sender had stayed for the answer.</summary>
    internal sealed record Repeat(SentEvent Sent, string Name, long SettledAt, long CameAt);

    /// <summary>An event that was taken or rejected.</summary>
    internal sealed record Settled(string Id, bool IsRejected);

    private sealed class Seen
    {
        public required string Id { get; init; }

        public int Count { get; set; }

        public long SettledAt { get; set; }

        public bool Rejected { get; set; }

        public bool Unheard { get; set; }
    }
}
