using System.CommandLine;
using System.CommandLine.Completions;

namespace Postrider.Server.Cli;

/// <summary>Completes the names of a running server's destinations, where it answers at once; otherwise it says nothing.</summary>
internal static class DestinationNames
{
    // A shell waits for this with the person before it.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    public static Option<T> Complete<T>(Option<T> option)
    {
        option.CompletionSources.Add(Find);
        return option;
    }

    public static Argument<T> Complete<T>(Argument<T> argument)
    {
        argument.CompletionSources.Add(Find);
        return argument;
    }

    private static IEnumerable<CompletionItem> Find(CompletionContext context)
    {
        // Help asks too, for examples, and must not wait for a server.
        if (context is not TextCompletionContext)
        {
            return [];
        }

        try
        {
            return Task.Run(() => ReadAsync(context.ParseResult)).GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // A shell that completes has no place for errors: whatever fails, there are no names.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }

    private static async Task<IEnumerable<CompletionItem>> ReadAsync(ParseResult parsed)
    {
        using var enough = new CancellationTokenSource(Patience, TimeProvider.System);
        var address = parsed.GetValue<Uri>(AdminOptions.AddressName) ?? new Uri(AdminOptions.Default);
        var token = parsed.GetValue<string?>(AdminOptions.TokenName) ?? Environment.GetEnvironmentVariable(SharedOptions.TokenVariable);
        using var client = new AdminClient(address, token);
        var status = client.Read(await client.GetAsync(StatusVerb.Path, enough.Token), AnswerJson.Default.ServerStatus);

        // Names have letters, digits, - and _ alone: nothing else shall reach a shell.
        return [.. status.Destinations
            .Select(destination => destination.Name)
            .Where(name => name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            .Select(name => new CompletionItem(name))];
    }
}
