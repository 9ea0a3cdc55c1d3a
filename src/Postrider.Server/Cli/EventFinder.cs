using System.Globalization;
using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary>Asks for page after page until enough is found, or enough was looked at. Ctrl-C ends it with what it has.</summary>
internal sealed class EventFinder(AdminClient client, IReadOnlyDictionary<string, string> filters, int limit, long scan)
{
    // What the server takes at once.
    private const int MostOfAPage = 500;

    private readonly List<EventSummary> _found = [];
    private long _scanned;
    private DateTimeOffset? _oldest;

    public async Task<EventList> FindAsync(string? cursor, bool quiet, CancellationToken cancellationToken)
    {
        using var stop = new Interruption(cancellationToken);
        return quiet || Console.IsOutputRedirected
            ? await ReadAsync(cursor, () => { }, stop.Token)
            : await ShowAsync(cursor, stop.Token);
    }

    private async Task<EventList> ShowAsync(string? cursor, CancellationToken cancellationToken)
    {
        EventList? list = null;
        await AnsiConsole.Status().StartAsync("Searching …", async status =>
            list = await ReadAsync(cursor, () => status.Status(Markup.Escape(Describe())), cancellationToken));
        return list!;
    }

    private string Describe() => string.Create(
        CultureInfo.InvariantCulture, $"Looked at {_scanned:N0} events, back to {ApiText.Spell(_oldest)}; {_found.Count} found. Ctrl-C ends it here.");

    private async Task<EventList> ReadAsync(string? cursor, Action show, CancellationToken cancellationToken)
    {
        var next = cursor;
        do
        {
            var query = new Dictionary<string, string>(filters) { ["limit"] = ApiText.Spell(Math.Min(limit - _found.Count, MostOfAPage)) };
            if (next is not null)
            {
                query["cursor"] = next;
            }

            EventList page;
            try
            {
                page = client.Read(await client.GetAsync(ApiText.Query("api/events", query), cancellationToken), AnswerJson.Default.EventList);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && _scanned > 0)
            {
                break;
            }

            _found.AddRange(page.Items ?? []);
            _scanned += page.Scanned;
            _oldest = page.OldestLookedAt ?? _oldest;
            next = page.Next;
            show();
        }
        while (next is not null && _found.Count < limit && (scan == 0 || _scanned < scan));
        return new EventList(_found, next, _scanned, _oldest);
    }
}
