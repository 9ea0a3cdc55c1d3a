using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>Checks what tests of this folder publish: numbers as payloads, counted from 1 for each user.</summary>
internal static class UserOrder
{
    /// <summary>Publishes so many events of each user, users side by side, each awaiting its answers. The ids in order, by user.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> PublishAsync(PostriderServer server, IEnumerable<string> users, int events, int first = 1)
    {
        var published = await Task.WhenAll(users.Select(async user =>
        {
            var ids = new List<string>();
            for (var number = first; number < first + events; number++)
            {
                ids.Add(await server.AcceptAsync(user, $"{number}"));
            }

            return (User: user, Ids: (IReadOnlyList<string>)ids);
        }));
        return published.ToDictionary(one => one.User, one => one.Ids, StringComparer.Ordinal);
    }

    public static IEnumerable<string> Users(int count) => Enumerable.Range(1, count).Select(number => $"u{number}");

    /// <summary>Every event came, first arrivals in order, a repeat under the id of its event.</summary>
    public static void AssertComplete(
        string webhook, IReadOnlyDictionary<string, IReadOnlyList<string>> published, IEnumerable<WebhookArrival> arrivals, string more = "", IReadOnlySet<string>? except = null)
    {
        var byUser = arrivals.ToLookup(arrival => arrival.UserId, StringComparer.Ordinal);
        foreach (var (user, ids) in published)
        {
            var expected = ids.Where(id => except?.Contains(id) != true).ToList();
            var came = byUser[user].Select(arrival => arrival.Id).Distinct().Where(id => except?.Contains(id) != true).ToList();
            Assert.True(
                expected.SequenceEqual(came),
                $"{webhook}, {user}: missing {Join(expected.Except(came))}; unknown {Join(came.Except(expected))}; order {Join(byUser[user].Select(a => a.Payload))}{more}");
            Assert.All(byUser[user], arrival => Assert.True(arrival.IsSigned, $"{webhook}: {arrival.Id} is not signed"));
        }
    }

    private static string Join(IEnumerable<string> values) => $"[{string.Join(' ', values.Take(200))}]";
}
