using MongoDB.Bson;
using Postrider.Diagnostics;

namespace Postrider.Destinations.MongoDb;

/// <summary>Asks a MongoDB whether it would take writes, without writing anything.</summary>
internal static class MongoDbCheckup
{
    private const string Area = "destination";

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(string name, MongoDbSettings settings, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var connection = new MongoDbConnection(settings, concurrency: 1, timeout);
        try
        {
            using var answer = await connection.RunAsync(new BsonDocument("ping", 1), cancellationToken).ConfigureAwait(false);
            return [Finding.Ok(Area, name, $"the primary of {connection.Servers} answers")];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var failure = new MongoDbFailure(connection.Servers, isOneCollection: true).From(exception, connection.LastHeartbeatFailure);
            return [Finding.Error(
                Area, name, failure?.Reason ?? $"{connection.Servers} cannot be used: {exception.GetType().Name}",
                failure?.ErrorClass switch
                {
                    "auth" => "Look at the user, its password and its rights on the database.",
                    "dns" => "Look at the host's name in the connection string, and at this machine's name server.",
                    "tls" => "Look at tls and its options in the connection string, and at the server's certificate.",
                    _ => "Look whether the server runs and listens there, and at firewalls between.",
                })];
        }
    }
}
