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

            if (seen.Settled is { } before)
            {
                _repeats.Add(new Repeat(webhook, Name(sent), arrival.Id, before, arrival.At, arrival.Path));
            }

            var given = answer(sent, seen.Count++);
            if (given.Until is null && given.Status is 200 or 400)
            {
                seen.Settled = new Settling(arrival.At, arrival.Path, arrival.Attempt, given.Status == 400, seen.Settled);
            }

            return given;
        }
    }

    /// <summary>The sender of this delivery had gone before its answer: that the event is sent again next is no fault.</summary>
    public void Unheard(WebhookArrival arrival)
    {
        lock (_lock)
        {
            for (var settled = _seen[SentEvent.Parse(arrival.Payload)].Settled; settled is not null; settled = settled.Before)
            {
                settled.Unheard |= settled.At == arrival.At;
            }
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
                else if (seen.Settled is null)
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
                return [.. _repeats.Where(repeat => !repeat.Settled.Unheard)];
            }
        }
    }

    /// <summary>What became of each event that was taken or rejected.</summary>
    public IReadOnlyList<Outcome> Outcomes
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen.Values.Where(seen => seen.Settled is not null).Select(seen => new Outcome(seen.Id, seen.Settled!.IsRejection))];
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
        else if (_last != default && _seen[_last].Settled is null)
        {
            _violations.Add($"P3: {Name(sent)} came while {_last} was neither taken nor rejected");
        }
    }

    /// <summary>An event that came although it had been taken or rejected, and its sender had stayed for the answer.</summary>
    /// <param name="Webhook">Where.</param>
    /// <param name="Name">Of the event, for messages.</param>
    /// <param name="Id">Of the event.</param>
    /// <param name="Settled">The arrival before it.</param>
    /// <param name="CameAt">When.</param>
    /// <param name="Path">Where to.</param>
    internal sealed record Repeat(string Webhook, string Name, string Id, Settling Settled, long CameAt, string Path)
    {
        public long SettledAt => Settled.At;
    }

    /// <summary>An event that was taken or rejected.</summary>
    internal sealed record Outcome(string Id, bool IsRejected);

    /// <summary>An arrival that was taken or rejected, and the one before it of the same event.</summary>
    internal sealed class Settling(long at, string path, int attempt, bool isRejection, Settling? before)
    {
        public long At => at;

        public string Path => path;

        public int Attempt => attempt;

        public bool IsRejection => isRejection;

        public Settling? Before => before;

        public bool Unheard { get; set; }
    }

    private sealed class Seen
    {
        public required string Id { get; init; }

        public int Count { get; set; }

        public Settling? Settled { get; set; }
    }
}
