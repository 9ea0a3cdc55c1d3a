using System.Buffers;
using System.Text;
using Postrider.Destinations;
using Postrider.Events;

namespace Postrider.Delivery;

/// <summary>One attempt with an event that is none of the log's, so that an operator sees what a destination answers. Counts nowhere.</summary>
internal sealed class TestAttempt(LiveDestination destination, TimeProvider time)
{
    private const string Source = "test";

    private static readonly byte[] Key = "postrider-test"u8.ToArray();
    private static readonly byte[] Sample = """{"userId":"postrider-test","payload":{"test":true}}"""u8.ToArray();

    /// <summary>Null: the destination has been removed.</summary>
    public async Task<TestDelivery?> RunAsync(ReadOnlyMemory<byte>? body, CancellationToken cancellationToken)
    {
        if (destination.EnterModel() is not { } model)
        {
            return null;
        }

        try
        {
            var draft = new EventDraft { Source = Source, Key = Key, ReceivedAt = time.GetUtcNow(), OwnId = $"test_{Guid.NewGuid():n}" };
            var sent = Event.Create(draft, new ReadOnlySequence<byte>(body ?? Sample));
            var began = time.GetTimestamp();
            var result = await DeliverAsync(model, sent, cancellationToken).ConfigureAwait(false);
            return new TestDelivery(
                sent.Id,
                ResultReading.WordOf(ResultReading.OutcomeOf(result, model.Config)),
                result.Status,
                result.ErrorClass,
                result.Reason,
                result.Answer.IsEmpty ? null : Encoding.UTF8.GetString(result.Answer.Span),
                time.GetElapsedTime(began));
        }
        finally
        {
            model.Leave();
        }
    }

    private async Task<DeliveryResult> DeliverAsync(DestinationModel model, Event sent, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(model.Config.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var results = await model.Destination.DeliverAsync([new DeliveryAttempt(sent, 1)], either.Token).ConfigureAwait(false);
            return ResultReading.Check(results, 1)[0];
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return ResultReading.Late(model.Config);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            return ResultReading.Thrown(exception);
        }
    }
}
