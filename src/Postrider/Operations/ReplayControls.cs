using System.Globalization;
using Postrider.Delivery;

namespace Postrider.Operations;

/// <summary>Begins, shows and cancels replays.</summary>
internal sealed class ReplayControls(ServerState state, AuditLog audit)
{
    private IReplays Replays => state.Require().Delivery.Replays;

    public async Task<IReadOnlyList<ReplayAnswer>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await Replays.ListAsync(cancellationToken).ConfigureAwait(false)).Select(ReplayReports.Describe)];

    /// <summary>One replay; null: there is none of this id.</summary>
    public async Task<ReplayAnswer?> FindAsync(string id, CancellationToken cancellationToken) =>
        Describe(await Replays.FindAsync(id, cancellationToken).ConfigureAwait(false));

    /// <summary>Begins; null: there is no such destination.</summary>
    /// <exception cref="OperationRefusedException">It cannot be carried out; the message says why.</exception>
    public Task<ReplayAnswer?> StartAsync(Operator by, ReplayStart start, CancellationToken cancellationToken)
    {
        var request = new ReplayRequest(start.Destination, start.OfDeadLetters, start.Filter.ToSelection(), start.Skipped, start.Rate);
        return audit.RecordAsync(
            by,
            "replay",
            start.Destination,
            async () =>
            {
                try
                {
                    return Describe(await Replays.StartAsync(request, cancellationToken).ConfigureAwait(false));
                }
                catch (ReplayRefusedException exception)
                {
                    throw new OperationRefusedException(exception.Message);
                }
            },
            begun => begun is null ? null : string.Create(CultureInfo.InvariantCulture, $"{begun.Id} of {begun.Source}, {begun.Total} events at most; {Spell(start)}"));
    }

    public Task<ReplayAnswer?> CancelAsync(Operator by, string id, CancellationToken cancellationToken) => audit.RecordAsync(
        by,
        "cancel-replay",
        id,
        async () => Describe(await Replays.CancelAsync(id, cancellationToken).ConfigureAwait(false)),
        replay => replay is null ? null : $"{replay.State} after {Counted.Of(replay.Events, "event")} to {replay.Destination}");

    private static string Spell(ReplayStart start) =>
        (start.Skipped is { } skipped ? $"skipped={skipped} " : "") + start.Filter.Spell() + (start.Rate is { } rate ? string.Create(CultureInfo.InvariantCulture, $" rate={rate}/s") : "");

    private static ReplayAnswer? Describe(ReplayReport? replay) => replay is null ? null : ReplayReports.Describe(replay);
}
