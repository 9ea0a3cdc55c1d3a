using System.Globalization;

namespace Postrider.Load.Receiving;

/// <summary>The sink by itself, for trying things by hand: modes come by the input, a line a second goes out.</summary>
internal static class SinkConsole
{
    private const int MostUsers = 100_000;

    public static async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        using var sink = new Sink(2, MostUsers, [port, port + 1]);
        Console.WriteLine($"{sink.UrlOf(0)} and {sink.UrlOf(1)}");
        var commands = Task.Run(() => ReadCommandsAsync(sink, cancellationToken), cancellationToken);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        var shown = "";
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var lines = await sink.AskAsync(() => sink.Receivers.Select((it, i) =>
                    string.Create(CultureInfo.InvariantCulture, $"webhook{i + 1} {it.Mode}: {it.Distinct:N0} arrived, {it.Reordered:N0} out of order, {it.Repeats:N0} repeated, {it.Refused:N0} refused, {it.Unsigned:N0} unsigned")).ToArray());
                if (string.Join(" | ", lines) is var line && line != shown)
                {
                    Console.WriteLine(line);
                    shown = line;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await commands.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ReadCommandsAsync(Sink sink, CancellationToken cancellationToken)
    {
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 2
                && int.TryParse(words[0], CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= sink.Receivers.Count
                && Enum.TryParse<ReceiverMode>(words[1], ignoreCase: true, out var mode))
            {
                await sink.SetModeAsync(number - 1, mode);
            }
            else
            {
                Console.WriteLine("Write: NUMBER MODE, as '2 down'.");
            }
        }
    }
}
