using System.Collections.Concurrent;
using Postrider.Destinations;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A receiver in memory, found by the place that its settings name.</summary>
internal sealed class MemoryReceiver : ConformanceReceiver
{
    public const string Secret = "open-sesame";

    private static readonly ConcurrentDictionary<string, MemoryReceiver> Places = new();

    private readonly string _place = Guid.NewGuid().ToString();
    private readonly Flaw _flaw;
    private readonly List<ReceivedEvent> _arrived = [];
    private readonly HashSet<string> _refused = [];
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _hanging;

    public MemoryReceiver(Flaw flaw)
    {
        _flaw = flaw;
        Places[_place] = this;
    }

    public override object Settings => _flaw switch
    {
        Flaw.PrintsItsSettings => new TalkativeSettings { Place = _place, Secret = Secret },
        Flaw.HasSettingsOfNoShape => new ShapelessSettings { Place = _place, Secret = Secret },
        _ => new MemorySettings { Place = _place, Secret = Secret },
    };

    public override IReadOnlyList<string> Secrets => [Secret];

    public bool Fails { get; private set; }

    /// <summary>The instance that has it for itself.</summary>
    public object? Owner { get; set; }

    /// <summary>Ends when it accepts again.</summary>
    public Task Hanging => _hanging?.Task ?? Task.CompletedTask;

    /// <summary>Someone has looked at what arrived.</summary>
    public Task WasRead => _read.Task;

    public static MemoryReceiver At(string place) => Places[place];

    public override ValueTask AcceptAsync()
    {
        Fails = false;
        _hanging?.TrySetResult();
        _hanging = null;
        return ValueTask.CompletedTask;
    }

    public override ValueTask FailAsync()
    {
        Fails = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask HangAsync()
    {
        _hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<SampleEvent> RefuseAsync(SampleEvent sample)
    {
        _refused.Add(sample.Id!);
        return ValueTask.FromResult(sample);
    }

    public override ValueTask<IReadOnlyList<ReceivedEvent>> ReadAsync()
    {
        lock (_arrived)
        {
            _read.TrySetResult();
            return ValueTask.FromResult<IReadOnlyList<ReceivedEvent>>([.. _arrived]);
        }
    }

    public override ValueTask DisposeAsync()
    {
        _hanging?.TrySetResult();
        Places.TryRemove(_place, out _);
        return ValueTask.CompletedTask;
    }

    public bool Refuses(string id) => _refused.Contains(id);

    public bool Has(string id)
    {
        lock (_arrived)
        {
            return _arrived.Exists(arrival => arrival.EventId == id);
        }
    }

    public void Keep(string id, string content)
    {
        lock (_arrived)
        {
            if (_flaw == Flaw.StoresRepeats || !_arrived.Exists(arrival => arrival.EventId == id))
            {
                _arrived.Add(new ReceivedEvent(id, content));
            }
        }
    }
}
