using System.Collections.Concurrent;
using Postrider.Destinations;
using Postrider.Events;

namespace Postrider.Tests.Delivery;

/// <summary>Answers by the next of some random numbers, and checks at every attempt that nothing overtakes within a key (P3).</summary>
internal sealed class CheckingReceiver(string name, int[] answers)
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _delivered = [];
    private readonly Dictionary<string, SortedSet<long>> _seen = [];
    private int _next;
    private bool _frozen;

    public ConcurrentQueue<string> Violations { get; } = new();

    public MemoryStateStore Store { get; set; } = null!;

    public bool Has(long position)
    {
        lock (_lock)
        {
            return _delivered.Contains(position);
        }
    }

    /// <summary>While the process dies, what it still attempts never arrived.</summary>
    public void Freeze(bool frozen)
    {
        lock (_lock)
        {
            _frozen = frozen;
        }
    }

    public DeliveryResult Answer(DeliveryAttempt attempt)
    {
        lock (_lock)
        {
            if (_frozen)
            {
                return DeliveryResult.NotAttempted;
            }

            CheckOrder(attempt.Event);
            var answer = answers[_next++ % answers.Length];
            if (answer < 70)
            {
                _delivered.Add(attempt.Event.Position);
                return DeliveryResult.Delivered(200);
            }

            return answer < 88 ? DeliveryResult.Retry("status", "answered 503", 503)
                : answer < 96 ? DeliveryResult.Rejected("status", "answered 400", 400)
                : DeliveryResult.NotAttempted;
        }
    }

    private void CheckOrder(Event @event)
    {
        if (@event.Key is not { } key)
        {
            return;
        }

        _seen.TryAdd(key, []);
        var dead = Store.DeadLettersOf(name).Select(letter => letter.Position).ToHashSet();
        foreach (var earlier in _seen[key].Where(position => position < @event.Position && !_delivered.Contains(position) && !dead.Contains(position)))
        {
            Violations.Enqueue($"{name}: {@event.Position} of {key} was attempted before {earlier} was delivered or its dead letter saved.");
        }

        _seen[key].Add(@event.Position);
    }
}
