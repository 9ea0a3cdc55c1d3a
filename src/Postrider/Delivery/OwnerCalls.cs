using System.Text.Json;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Asks owners of partitions, and answers as one.</summary>
internal sealed class OwnerCalls(ILogSharing? sharing)
{
    /// <summary>Asks the owner of a partition that this process does not deliver from, or no longer.</summary>
    /// <exception cref="LogUnavailableException">It did not answer, or could not do it.</exception>
    public async Task<OwnerAnswer> AskAsync(int partition, OwnerRequest request, CancellationToken cancellationToken)
    {
        if (sharing is null)
        {
            throw new LogUnavailableException($"Partition {partition} is not being delivered from just now.", TimeSpan.FromSeconds(1));
        }

        var bytes = await sharing.AskOwnerAsync(partition, JsonSerializer.SerializeToUtf8Bytes(request, DeliveryJson.Default.OwnerRequest), cancellationToken).ConfigureAwait(false);
        var answer = JsonSerializer.Deserialize(bytes, DeliveryJson.Default.OwnerAnswer)!;
        return answer.Error is { } error ? throw new LogUnavailableException($"The router of partition {partition} could not do it: {error}", TimeSpan.FromSeconds(5)) : answer;
    }

    /// <summary>Answers requests from now on.</summary>
    /// <param name="answer">Does what is asked of a partition; null: this process does not own it any more.</param>
    public void Serve(Func<int, OwnerRequest, Task<OwnerAnswer?>> answer) => sharing?.AnswerWith(async (partition, bytes) =>
    {
        OwnerAnswer? given;
        try
        {
            // Of a newer version than this one, perhaps.
            given = JsonSerializer.Deserialize(bytes, DeliveryJson.Default.OwnerRequest) is { } request
                ? await answer(partition, request).ConfigureAwait(false)
                : new OwnerAnswer(0, 0, "the request cannot be read");
        }
        catch (JsonException exception)
        {
            given = new OwnerAnswer(0, 0, exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or GenerationMovedException or LogUnavailableException)
        {
            // The partition goes to another owner, or its storage is away: the request stays.
            given = null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Asked again it would fail again: who asked shall hear it.
            given = new OwnerAnswer(0, 0, exception.Message);
        }

        return given is null ? null : JsonSerializer.SerializeToUtf8Bytes(given, DeliveryJson.Default.OwnerAnswer);
    });
}
