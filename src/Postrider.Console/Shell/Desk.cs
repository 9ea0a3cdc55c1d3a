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
    /// <summary>Who works here now: a page whose connection broke may come back with another login. Nobody known is a reader.</summary>
    public async ValueTask<Operator> WhoAsync() => Read((await authentication.GetAuthenticationStateAsync()).User);

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
        return mayRead ? story : story?.WithoutPayload();
    }

    /// <summary>Attempts that were kept, with the receivers' answers for operators alone.</summary>
    public async Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken)
    {
        var attempts = await operations.ListAttemptsAsync(search, cancellationToken);
        return await IsOperatorAsync() ? attempts : [.. attempts.Select(attempt => attempt.WithoutPayload())];
    }

    /// <summary>A page of dead letters, with the receivers' answers for operators alone.</summary>
    public async Task<DeadLetterList> ListDeadLettersAsync(
        string? destination, EventFilter filter, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        var page = await operations.ListDeadLettersAsync(destination, filter, cursor, limit, withTotal, cancellationToken);
        return await IsOperatorAsync() ? page : page.WithoutPayload();
    }

    /// <summary>What the gateway could not use, with its beginning for operators alone.</summary>
    public async Task<RejectedEventList> ListRejectedAsync(string? source, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        var page = await operations.ListRejectedAsync(source, cursor, limit, withTotal, cancellationToken);
        return await IsOperatorAsync() ? page : page.WithoutPayload();
    }

    /// <summary>A live tail, with the receivers' answers for operators alone.</summary>
    public async IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in operations.TailAsync(filter, cancellationToken))
        {
            yield return await IsOperatorAsync() ? item : item.WithoutPayload();
        }
    }

    private static Operator Read(ClaimsPrincipal user) => OperatorClaims.Find(user) ?? new Operator("nobody", OperatorRole.Reader);
}
