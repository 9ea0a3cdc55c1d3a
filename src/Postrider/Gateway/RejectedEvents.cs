using System.Globalization;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>The events of one batch that cannot be used: the first ones are kept, all are counted.</summary>
internal sealed class RejectedEvents
{
    // A client that sends nothing but nonsense shall not fill the list for everyone at once.
    private const int MaxKept = 100;
    private const int MaxBytes = 32 * 1024;

    private readonly List<RejectedIngest> _kept = [];

    public IReadOnlyList<RejectedIngest> Kept => _kept;

    /// <summary>Those that are kept, and those beyond.</summary>
    public int Count { get; private set; }

    /// <summary>Why the first one cannot be used; null: there is none.</summary>
    public GatewayError? First { get; private set; }

    /// <param name="source">Whose it is.</param>
    /// <param name="at">When it came.</param>
    /// <param name="place">Where it stands in its batch, as <c>batch[7]</c> or <c>[7]</c>.</param>
    /// <param name="index">The number in it.</param>
    /// <param name="reason">Why it cannot be used.</param>
    /// <param name="event">As it was sent.</param>
    public void Add(GatewaySource source, DateTimeOffset at, string place, int index, GatewayError reason, ReadOnlySpan<byte> @event)
    {
        First ??= reason;
        if (Count++ < MaxKept)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{place}[{index}]: {reason.Message}");
            _kept.Add(new RejectedIngest(0, source.Name, at, text, @event[..Math.Min(@event.Length, MaxBytes)].ToArray()));
        }
    }
}
