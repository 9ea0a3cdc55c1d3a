using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary>Looks at a server again and again, until someone presses Ctrl-C. A server that goes away is waited for.</summary>
internal sealed class StatusWatch(AdminClient client, TimeSpan interval, bool json)
{
    private ServerStatus? _before;
    private long _lookedAt;
    private StatusRates? _rates;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = new Interruption(cancellationToken);
        try
        {
            // The first answer must come, or the address is wrong.
            var first = await LookAsync(stop.Token);
            if (json || Console.IsOutputRedirected)
            {
                await PrintAsync(first, stop.Token);
            }
            else
            {
                await ShowAsync(stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken) =>
        await AnsiConsole.Live(StatusTexts.Compose(client.Address, _before!, null, null))
            .Overflow(VerticalOverflow.Ellipsis)
            .Cropping(VerticalOverflowCropping.Bottom)
            .StartAsync(async live =>
            {
                live.Refresh();
                while (true)
                {
                    await Task.Delay(interval, TimeProvider.System, cancellationToken);
                    var note = await TryLookAsync(cancellationToken);
                    live.UpdateTarget(StatusTexts.Compose(client.Address, _before!, _rates, note));
                    live.Refresh();
                }
            });

    private async Task PrintAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (json)
            {
                // One look a line.
                Console.WriteLine(text.ReplaceLineEndings(" "));
            }
            else
            {
                Console.WriteLine($"--- {ApiText.Spell(TimeProvider.System.GetUtcNow())}");
                Terminal.Create().Write(StatusTexts.Compose(client.Address, _before!, _rates, null));
            }

            do
            {
                await Task.Delay(interval, TimeProvider.System, cancellationToken);
                try
                {
                    text = await LookAsync(cancellationToken);
                    break;
                }
                catch (CliException exception)
                {
                    await Console.Error.WriteLineAsync($"postrider: {exception.Message}");
                }
            }
            while (true);
        }
    }

    private async Task<string?> TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
            return null;
        }
        catch (CliException exception)
        {
            return $"{exception.Message} Below is what it said last.";
        }
    }

    private async Task<string> LookAsync(CancellationToken cancellationToken)
    {
        var text = await client.GetAsync(StatusVerb.Path, cancellationToken);
        var now = client.Read(text, AnswerJson.Default.ServerStatus);
        var at = TimeProvider.System.GetTimestamp();
        _rates = _before is null ? null : StatusRates.Between(_before, now, TimeProvider.System.GetElapsedTime(_lookedAt, at));
        _before = now;
        _lookedAt = at;
        return text;
    }
}
