using System.Net;
using System.Net.ServerSentEvents;

namespace Postrider.Server.Cli;

/// <summary>Reads a server's live tail, and begins anew when the connection breaks: what happens meanwhile is not shown.</summary>
internal sealed class TailReader(AdminClient client, string path, TailLines lines, int count)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private int _shown;
    private bool _hasConnected;
    private TimeSpan _wait = ShortestWait;

    private bool IsEnough => count > 0 && _shown >= count;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = new Interruption(cancellationToken);
        try
        {
            while (true)
            {
                var loss = await FollowAsync(stop.Token);
                if (IsEnough)
                {
                    return;
                }

                await TellAsync($"{loss}; trying again in {Durations.Spell(_wait)}");
                await Task.Delay(_wait, TimeProvider.System, stop.Token);
                _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
            }
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Ctrl-C is how a tail ends.
        }
    }

    private static Task TellAsync(string text) => Console.Error.WriteLineAsync($"postrider: {text}");

    /// <summary>Shows what comes over one connection; why it ended.</summary>
    private async Task<string> FollowAsync(CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await client.OpenStreamAsync(path, cancellationToken);
        }
        catch (CliException exception) when (_hasConnected && exception.Status is null or >= HttpStatusCode.InternalServerError)
        {
            // It answered before, so the address is right: it will be back.
            return exception.Message.TrimEnd('.');
        }

        using (response)
        {
            if (_hasConnected)
            {
                await TellAsync("connected again");
            }

            _hasConnected = true;
            _wait = ShortestWait;
            try
            {
                await ReadAsync(response, cancellationToken);
                return "the server ended the connection";
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                return "the connection broke";
            }
        }
    }

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
