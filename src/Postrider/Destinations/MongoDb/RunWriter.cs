using MongoDB.Bson;
using MongoDB.Driver;

namespace Postrider.Destinations.MongoDb;

/// <summary>Writes the runs of one batch, command by command.</summary>
/// <remarks>
/// <para>A command stops at its first failure; what that means is settled, and the next command begins behind it.</para>
/// <para>A duplicate <c>_id</c> is a repeat: a batch was cut off, and mostly much of it stands there already. One query then says which of
/// the rest do, so that a repeated batch costs three round trips and not one for each event.</para>
/// </remarks>
internal sealed class RunWriter(MongoDbConnection connection, MongoDbFailure failures, EventDocuments documents, BatchOutcome outcome, WriteOptions options)
{
    /// <summary>Commands in one call. Each event that the server refuses costs one; the rest is left for the next call.</summary>
    public const int MaxCommands = 64;

    // More than one is needed only while an earlier, cut off call is still being worked on by the server.
    private const int MaxLookups = 4;

    // Two upserts of one new key at the same moment: the second finds the first's document when it is repeated.
    private const int MaxRaces = 3;

    private int _commands;
    private int _lookups;
    private int _races;

    /// <summary>Writes what is pending of a run. Null, or the failure of the server on which all that is still pending founders.</summary>
    public async Task<DeliveryResult?> WriteAsync(CollectionRun run, CancellationToken cancellationToken)
    {
        for (var next = 0; ;)
        {
            using var command = WriteCommand.Take(run, ref next, documents, outcome, options.IsUpsert, options.WriteConcern);
            if (command.Events.Count == 0 || _commands++ >= MaxCommands)
            {
                return null;
            }

            var reply = await SendAsync(command, cancellationToken).ConfigureAwait(false);
            if (reply.ConcernCode is { } code)
            {
                // It may be written, but not safely: all of it is sent again, which changes nothing where it is.
                return failures.WriteConcern(code);
            }

            var written = reply.FailedAt ?? command.Events.Count;
            for (var i = 0; i < written; i++)
            {
                outcome.Settle(command.Events[i], DeliveryResult.Delivered());
            }

            if (reply.FailedAt is { } at)
            {
                var failed = command.Events[at];
                next = run.Events.BinarySearch(failed);
                if (await SettleFailedAsync(run, next, failed, reply, cancellationToken).ConfigureAwait(false) is { } failure)
                {
                    return failure;
                }
            }
        }
    }

    private async Task<WriteReply> SendAsync(WriteCommand command, CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await connection.RunAsync(command.ToDocument(), cancellationToken).ConfigureAwait(false);
            return WriteReply.Read(reply);
        }
        catch (MongoWriteConcernException unsafely)
        {
            return WriteReply.Read(unsafely.Result);
        }
        catch (MongoCommandException refused) when (command.Events.Count == 1 && refused.Code is 15 or 22 or 10334 or 17419 or 17420)
        {
            // The server could not read the command, and there is only one event that it can be about.
            return new WriteReply(0, refused.Code, refused.ErrorMessage ?? "", false, null);
        }
    }

    private async Task<DeliveryResult?> SettleFailedAsync(CollectionRun run, int from, int failed, WriteReply reply, CancellationToken cancellationToken)
    {
        if (reply.Code == WriteReply.DuplicateKey && options.IsUpsert && reply.IsDuplicateId)
        {
            if (++_races > MaxRaces)
            {
                outcome.Settle(failed, failures.Retry("conflict", "was asked for the same new key by several at once, again and again", reply.Code));
            }

            return null;
        }

        if (reply.Code == WriteReply.DuplicateKey && !options.IsUpsert && (reply.IsDuplicateId || _lookups == 0))
        {
            if (await SettleRepeatsAsync(run, from, failed, reply.IsDuplicateId, cancellationToken).ConfigureAwait(false) is { } failure)
            {
                return failure;
            }

            if (!outcome.IsPending(failed))
            {
                return null;
            }
        }

        var result = failures.FromWriteError(reply, out var isWholeServer);
        if (isWholeServer)
        {
            return result;
        }

        outcome.Settle(failed, result);
        return null;
    }

    // The insert that met the duplicate has waited for the write concern, for what stood there before it too.
    private async Task<DeliveryResult?> SettleRepeatsAsync(CollectionRun run, int from, int failed, bool isDuplicateId, CancellationToken cancellationToken)
    {
        if (isDuplicateId)
        {
            outcome.Settle(failed, DeliveryResult.Delivered());
        }

        var rest = run.Events.Skip(from).Where(outcome.IsPending).ToList();
        if (rest.Count == 0)
        {
            return null;
        }

        if (_lookups++ >= MaxLookups)
        {
            return failures.Retry("conflict", "is still writing events of an earlier attempt");
        }

        var existing = await FindAsync(run.Collection, rest, cancellationToken).ConfigureAwait(false);
        foreach (var index in rest)
        {
            if (existing.Contains(documents.Batch[index].Event.Id))
            {
                outcome.Settle(index, DeliveryResult.Delivered());
            }
        }

        return null;
    }

    private async Task<HashSet<string>> FindAsync(string collection, List<int> events, CancellationToken cancellationToken)
    {
        var ids = new BsonArray(events.Select(index => documents.Batch[index].Event.Id));
        var command = new BsonDocument
        {
            { "find", collection },
            { "filter", new BsonDocument("_id", new BsonDocument("$in", ids)) },
            { "projection", new BsonDocument("_id", 1) },
            { "batchSize", events.Count },
            { "singleBatch", true },
        };
        if (options.IsMajority)
        {
            // What only this member has may be rolled back: it does not count as there.
            command.Add("readConcern", new BsonDocument("level", "majority"));
        }

        using var reply = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return [.. reply["cursor"]["firstBatch"].AsBsonArray.Select(found => found["_id"]).Where(id => id.IsString).Select(id => id.AsString)];
    }
}
