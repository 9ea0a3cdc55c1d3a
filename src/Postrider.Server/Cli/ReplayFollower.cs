using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary>Waits for replays, with a bar on a terminal. They go on without it: Ctrl-C leaves them running.</summary>
internal sealed class ReplayFollower(AdminClient client)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    // A server that is restarted, or updated, is back within it, and the replay goes on there.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private long? _awaySince;

    /// <summary>Waits until all have ended.</summary>
    /// <param name="replays">Which.</param>
    /// <param name="quiet">Shows nothing while it waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How they ended; null: someone pressed Ctrl-C first.</returns>
    public async Task<IReadOnlyList<ReplayAnswer>?> WaitAsync(IReadOnlyList<ReplayAnswer> replays, bool quiet, CancellationToken cancellationToken)
    {
        using var detached = new Interruption(cancellationToken);
        try
        {
            return quiet || Console.IsOutputRedirected
                ? await PollAsync(replays, _ => { }, detached.Token)
                : await ShowAsync(replays, detached.Token);
        }
        catch (OperationCanceledException) when (detached.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static void Show(ProgressTask bar, ReplayAnswer replay)
    {
        bar.Value = replay.Part;
        var reason = replay is { State: "running", Reason: { } why } ? $", {ApiText.Printable(why)}" : "";
        bar.Description = Markup.Escape($"{replay.Id} to {replay.Destination}: {ApiText.Spell(replay.Events, "event")}{reason}");
    }

    private async Task<IReadOnlyList<ReplayAnswer>> ShowAsync(IReadOnlyList<ReplayAnswer> replays, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReplayAnswer> ends = [];
        await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var bars = replays.ToDictionary(replay => replay.Id, replay => progress.AddTask(Markup.Escape(replay.Id), maxValue: 1));
                ends = await PollAsync(replays, replay => Show(bars[replay.Id], replay), cancellationToken);
            });
        return ends;
    }

    // How it stands now; while the server is away, how it stood.
    private async Task<ReplayAnswer> AskAsync(ReplayAnswer replay, CancellationToken cancellationToken)
    {
        try
        {
            var text = await client.GetAsync($"api/replays/{ApiText.Segment(replay.Id)}", cancellationToken);
            _awaySince = null;
            return client.Read(text, AnswerJson.Default.ReplayAnswer);
        }
        catch (CliException away) when (away.IsServerAway)
        {
            _awaySince ??= TimeProvider.System.GetTimestamp();
            return TimeProvider.System.GetElapsedTime(_awaySince.Value) < Patience ? replay with { Reason = away.Message } : throw new CliException(
                $"{away.Message} {replay.Id} goes on once it runs again: postrider replay show {replay.Id}");
        }
    }

    private async Task<IReadOnlyList<ReplayAnswer>> PollAsync(
        IReadOnlyList<ReplayAnswer> replays, Action<ReplayAnswer> show, CancellationToken cancellationToken)
    {
        var latest = replays.ToArray();
        while (true)
        {
            for (var i = 0; i < latest.Length; i++)
            {
                if (latest[i].State == "running")
                {
                    latest[i] = await AskAsync(latest[i], cancellationToken);
                }

                show(latest[i]);
            }

            if (latest.All(replay => replay.State != "running"))
            {
                return latest;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
    }
}
