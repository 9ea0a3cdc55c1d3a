using System.Diagnostics;
using System.Globalization;

namespace Postrider.FunctionalTests.Torture;

/// <summary>What was broken when, and the judgement of what clients sent and webhooks saw meanwhile.</summary>
internal sealed class FaultHistory(IReadOnlyList<TortureClient> clients, IReadOnlyList<TortureWebhook> webhooks)
{
    // Progress is saved each 100 ms; a save waits for the same disk as the clients, and no attempt starts when it is a second late.
    private static readonly TimeSpan Unsaved = TimeSpan.FromSeconds(1.5);

    // What the webhook saw just before a process stood still may be told later; what was under way when it woke, a little after.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    private readonly List<Fault> _faults = [];

    public string Summary => string.Create(CultureInfo.InvariantCulture, $"""
        {clients.Sum(client => client.AcceptedCount)} events accepted, {clients.Sum(client => client.Unanswered)} requests without an answer,
        faults: {string.Join(", ", _faults.GroupBy(fault => fault.What).Select(group => $"{group.Count()} × {group.Key} ({group.Max(fault => fault.Seconds):0.0} s)"))},
        repeats {string.Join(", ", webhooks.Select(webhook => $"{webhook.Name} {webhook.Users.Sum(user => user.Repeats.Count)}"))}
        """);

    /// <summary>Something was broken from a time until now.</summary>
    public void Add(string what, long began) => _faults.Add(new Fault(what, began, Stopwatch.GetTimestamp()));

    public IReadOnlyList<string> Judge()
    {
        var found = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var client in clients)
        {
            foreach (var user in client.Users)
            {
                var accepted = client.AcceptedOf(user);
                found.AddRange(accepted.Where(pair => !ids.Add(pair.Value)).Select(pair => $"the id {pair.Value} of event {pair.Key} of {user} was given twice"));
                found.AddRange(webhooks.SelectMany(webhook => webhook.Of(user).Judge(accepted, client.TriesOf(user))));
            }
        }

        found.AddRange(webhooks.SelectMany(webhook => webhook.Users).SelectMany(user => user.Repeats)
            .Where(repeat => !_faults.Exists(fault => fault.MayRepeat(repeat)))
            .Select(repeat => $"P6: {repeat.Name} came again, {Stopwatch.GetElapsedTime(repeat.SettledAt, repeat.CameAt)} after it was settled, without a fault that explains it"));
        return found;
    }

    /// <summary>Something was broken from one time to the other.</summary>
    private sealed record Fault(string What, long Began, long Ended)
    {
        public double Seconds => Stopwatch.GetElapsedTime(Began, Ended).TotalSeconds;

        // What was settled shortly before it, or while it lasted, may come again from then on. A gateway repeats nothing.
        public bool MayRepeat(UserHistory.Repeat repeat) =>
            !What.StartsWith("gateway", StringComparison.Ordinal)
            && repeat.SettledAt >= Began - (long)(Unsaved.TotalSeconds * Stopwatch.Frequency)
            && repeat.SettledAt <= Ended + (long)(Late.TotalSeconds * Stopwatch.Frequency)
            && repeat.CameAt >= Began;
    }
}
