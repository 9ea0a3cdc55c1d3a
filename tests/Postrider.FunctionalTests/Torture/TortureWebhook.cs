using System.Collections.Concurrent;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Torture;

/// <summary>One of the two destinations: takes everything, or is troubled in all the ways at once.</summary>
internal sealed class TortureWebhook(string name, bool troubled)
{
    private readonly ConcurrentDictionary<string, UserHistory> _users = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>Every connection breaks.</summary>
    public volatile bool IsDown;

    public IReadOnlyCollection<UserHistory> Users => [.. _users.Values];

    public UserHistory Of(string user) => _users.GetOrAdd(user, key => new UserHistory(name, key));

    public void Unheard(WebhookArrival arrival) => Of(arrival.UserId).Unheard(arrival);

    public WebhookAnswer Take(WebhookArrival arrival) =>
        Of(arrival.UserId).Take(arrival, (sent, before) => IsDown ? WebhookAnswer.Breaking : troubled ? Answer(arrival.UserId, sent, before) : WebhookAnswer.Ok);

    // By the user's number within its client, so that every client has users of each kind and most have no trouble.
    private static WebhookAnswer Answer(string user, SentEvent sent, int before) => user[(user.IndexOf('-', StringComparison.Ordinal) + 1)..] switch
    {
        "1" when sent.Number % 40 == 7 && before < 2 => WebhookAnswer.Failing,
        "2" when sent.Number % 50 == 9 => new WebhookAnswer(400, "no such order"),
        "3" when sent.Number % 60 == 11 && before < 1 => WebhookAnswer.Hanging,
        "4" when sent.Number % 80 == 13 && before < 1 => new WebhookAnswer(429, "slow down", RetryAfterSeconds: 1),
        _ => WebhookAnswer.Ok,
    };
}
