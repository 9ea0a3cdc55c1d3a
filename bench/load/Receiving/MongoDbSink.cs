using System.Globalization;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.Load.Receiving;

/// <summary>The MongoDB server in memory as a process of its own. Runs until its input ends, and then says how many writes came.</summary>
internal static class MongoDbSink
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var server = new WireServer();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"port {server.Port}"));
        await Console.In.ReadToEndAsync(cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"writes {server.CountOf("insert")}"));
    }
}
