using Postrider.Delivery;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>How far the server's life has come. Written by whoever starts and stops it, read by health and status.</summary>
internal sealed class ServerState
{
    private volatile RunningServer? _running;
    private volatile bool _isStopping;

    /// <summary>Null: the log is not open yet.</summary>
    public RunningServer? Running => _running;

    /// <summary>The parts that operators ask.</summary>
    /// <exception cref="OperationRefusedException">The log is not open yet.</exception>
    public RunningServer Require() => _running ?? throw new OperationRefusedException("The server is starting.");

    public bool IsStopping => _isStopping;

    public void MarkStarted(
        IEventLog log, IDeliveryControl delivery, DateTimeOffset now, string? place = null, Func<string?>? promise = null,
        DeliveryJournal? journal = null, IFigureSource? figures = null) =>
        _running = new RunningServer(log, delivery, now, place, promise, journal, figures);

    public void MarkStopping() => _isStopping = true;
}
