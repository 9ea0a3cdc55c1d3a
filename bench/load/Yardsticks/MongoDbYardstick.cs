using System.Diagnostics;
using System.Globalization;
using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Postrider.Load.Yardsticks;

/// <summary>The least that any writer with the official driver must do: ordered bulk inserts of documents that are at hand as bytes.</summary>
/// <remarks>Beside it the usual way, <see cref="BsonDocument.Parse"/> of each event's JSON.</remarks>
internal sealed class MongoDbYardstick(string connection, int batch, int bodyBytes)
{
    private long _number;

    /// <summary>Prints one line: µs of CPU an event from bytes, and from JSON by the driver's parser.</summary>
    public async Task RunAsync(long events, CancellationToken cancellationToken)
    {
        using var client = new MongoClient(connection);
        var collection = client.GetDatabase("yardstick").GetCollection<BsonDocument>("events");
        await WriteAsync(collection, events / 4, Raw, cancellationToken);
        var raw = await WriteAsync(collection, events, Raw, cancellationToken);
        await WriteAsync(collection, events / 4, Parsed, cancellationToken);
        var parsed = await WriteAsync(collection, events, Parsed, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{raw:F2} {parsed:F2}"));
    }

    // What is made before the clock starts is what Postrider would have from its log: the JSON, or here even the BSON.
    private async Task<double> WriteAsync(IMongoCollection<BsonDocument> collection, long events, Func<string, BsonDocument> document, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        var spent = TimeSpan.Zero;
        for (var written = 0L; written < events; written += batch)
        {
            var bodies = Enumerable.Range(0, batch).Select(_ => Body()).ToList();
            var ready = document == Raw ? bodies.ConvertAll(body => Raw(body)) : null;
            self.Refresh();
            var before = self.TotalProcessorTime;
            await collection.InsertManyAsync(ready ?? bodies.ConvertAll(body => document(body)), new InsertManyOptions { IsOrdered = true }, cancellationToken);
            self.Refresh();
            spent += self.TotalProcessorTime - before;
        }

        return spent.TotalMicroseconds / events;
    }

    private string Body()
    {
        var number = ++_number;
        var start = string.Create(CultureInfo.InvariantCulture, $"{{\"_id\":\"evt_yardstick-0-0-{number}\",\"userId\":\"u00001\",\"payload\":{{\"seq\":{number},\"t\":1,\"pad\":\"");
        return start + new string('x', Math.Max(0, bodyBytes - Encoding.UTF8.GetByteCount(start))) + "\"}}";
    }

    private static BsonDocument Raw(string body) => new RawBsonDocument(BsonDocument.Parse(body).ToBson());

    private static BsonDocument Parsed(string body) => BsonDocument.Parse(body);
}
