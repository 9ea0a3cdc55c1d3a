using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Postrider.Operations;

namespace Postrider.WebConsole.Shell;

/// <summary>
/// Where one person works: who they are, and what of <see cref="IOperations"/> that lets them see and do. Pages hide what a reader may not;
/// that they cannot have it is decided here.
/// </summary>
public sealed class Desk(IOperations operations, AuthenticationStateProvider authentication)
{
    private Operator? _who;

    /// <summary>Who works here. Nobody known is a reader.</summary>
    public async ValueTask<Operator> WhoAsync() => _who ??= Read((await authentication.GetAuthenticationStateAsync()).User);

    /// <summary>Whether they may see payloads and change things.</summary>
    public async ValueTask<bool> IsOperatorAsync() => (await WhoAsync()).Role is OperatorRole.Operator;

    /// <summary>Carries out a change, as whoever works here.</summary>
    /// <exception cref="OperationRefusedException">They are a reader, or the server refuses.</exception>
    public async Task<T> ChangeAsync<T>(Func<IOperations, Operator, Task<T>> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var who = await WhoAsync();
        return who.Role is OperatorRole.Operator
            ? await change(operations, who)
            : throw new OperationRefusedException($"'{who.Name}' may look at everything but payloads, and change nothing: that needs the role operator.");
    }

    /// <summary>An event's story, with its body and the receivers' answers for operators alone.</summary>
    public async Task<EventAnswer?> FindEventAsync(string id, CancellationToken cancellationToken)
    {
        var mayRead = await IsOperatorAsync();
        var story = await operations.FindEventAsync(id, mayRead, cancellationToken);
        return mayRead || story is null ? story : story with
        {
            Body = null,
            BodyText = null,
            Headers = null,
            Destinations = [.. story.Destinations.Select(destination => destination with { Answer = null })],
        };
    }

    /// <summary>Attempts that were kept, with the receivers' answers for operators alone.</summary>
    public async Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken)
    {
        var attempts = await operations.ListAttemptsAsync(search, cancellationToken);
        return await IsOperatorAsync() ? attempts : [.. attempts.Select(attempt => attempt with { Answer = null })];
    }

    /// <summary>A page of dead letters, with the receivers' answers for operators alone.</summary>
    public async Task<DeadLetterList> ListDeadLettersAsync(
        string? destination, EventFilter filter, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        var page = await operations.ListDeadLettersAsync(destination, filter, cursor, limit, withTotal, cancellationToken);
        return await IsOperatorAsync() ? page : page with { Items = [.. page.Items.Select(letter => letter with { Answer = "" })] };
    }

    /// <summary>What the gateway could not use, with its beginning for operators alone.</summary>
    public async Task<RejectedEventList> ListRejectedAsync(string? source, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var page = await operations.ListRejectedAsync(source, cursor, limit, cancellationToken);
        return await IsOperatorAsync() ? page : page with { Items = [.. page.Items.Select(item => item with { Body = "" })] };
    }

    /// <summary>A live tail, with the receivers' answers for operators alone.</summary>
    public async IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var mayRead = await IsOperatorAsync();
        await foreach (var item in operations.TailAsync(filter, cancellationToken))
        {
            yield return mayRead || item.Attempt is null ? item : item with { Attempt = item.Attempt with { Answer = null } };
        }
    }

    private static Operator Read(ClaimsPrincipal user) => OperatorClaims.Find(user) ?? new Operator("nobody", OperatorRole.Reader);
}
