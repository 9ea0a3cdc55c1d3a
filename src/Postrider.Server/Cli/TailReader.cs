using System.Net.ServerSentEvents;

namespace Postrider.Server.Cli;

/// <summary>Reads a server's live tail, and begins anew when the connection breaks: what happens meanwhile is not shown.</summary>
internal sealed class TailReader(AdminClient client, string path, TailLines lines, int count)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private int _shown;

    private bool IsEnough => count > 0 && _shown >= count;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = new Interruption(cancellationToken);
        var wait = ShortestWait;
        var hasConnected = false;
        try
        {
            while (!IsEnough)
            {
                string? loss = null;
                try
                {
                    using var response = await client.OpenStreamAsync(path, stop.Token);
                    if (hasConnected)
                    {
                        await TellAsync("connected again");
                    }

                    hasConnected = true;
                    wait = ShortestWait;
                    await ReadAsync(response, stop.Token);
                    loss = "the server ended the connection";
                }
                catch (CliException exception) when (hasConnected && exception.Status is not { } status)
                {
                    // It answered before, so the address is right: it will be back.
                    loss = exception.Message.TrimEnd('.');
                }
                catch (CliException exception) when (hasConnected && (int)exception.Status!.Value >= 500)
                {
                    loss = exception.Message.TrimEnd('.');
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException)
                {
                    loss = "the connection broke";
                }

                if (!IsEnough)
                {
                    await TellAsync($"{loss}; trying again in {Durations.Spell(wait)}");
                    await Task.Delay(wait, TimeProvider.System, stop.Token);
                    wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
                }
            }
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Ctrl-C is how a tail ends.
        }
    }

    private static Task TellAsync(string text) => Console.Error.WriteLineAsync($"postrider: {text}");

    private async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data.Length > 0 && lines.Write(item.Data))
            {
                _shown++;
                if (IsEnough)
                {
                    return;
                }
            }
        }
    }
}
