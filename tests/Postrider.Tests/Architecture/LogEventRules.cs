namespace Postrider.Tests.Architecture;

/// <summary>A log message as it was declared.</summary>
internal sealed record DeclaredMessage(string Namespace, string Method, int Id);

/// <summary>Every message's id is a constant of the table, its own, and in its folder's block of a thousand.</summary>
internal static class LogEventRules
{
    private static readonly Dictionary<string, int> Blocks = new()
    {
        ["Log"] = 1000,
        ["Gateway"] = 2000,
        ["Delivery"] = 3000,
        ["Destinations"] = 4000,
        ["Configuration"] = 5000,
        ["Operations"] = 6000,
        [""] = 7000,
        ["Journal"] = 8000,
    };

    public static IEnumerable<string> Violations(IReadOnlyCollection<DeclaredMessage> messages, IReadOnlyDictionary<string, int> constants)
    {
        foreach (var twins in constants.GroupBy(constant => constant.Value).Where(group => group.Count() > 1))
        {
            yield return $"LogEvents gives {twins.Key} to {string.Join(" and ", twins.Select(twin => twin.Key))}.";
        }

        foreach (var twins in messages.GroupBy(message => message.Id).Where(group => group.Count() > 1))
        {
            yield return $"Id {twins.Key} is used by {string.Join(" and ", twins.Select(twin => twin.Method))}.";
        }

        foreach (var message in messages)
        {
            var folder = message.Namespace.Split('.').ElementAtOrDefault(1) ?? "";
            if (!constants.Values.Contains(message.Id))
            {
                yield return $"{message.Method}: {message.Id} is not in LogEvents.";
            }

            if (!Blocks.TryGetValue(folder, out var block))
            {
                yield return $"{message.Method}: the folder {folder} has no block of ids.";
            }
            else if (message.Id < block || message.Id >= block + 1000)
            {
                yield return $"{message.Method}: {message.Id} is outside its folder's block {block}–{block + 999}.";
            }
        }

        foreach (var (name, id) in constants)
        {
            if (messages.All(message => message.Id != id))
            {
                yield return $"LogEvents.{name} = {id} belongs to no message.";
            }
        }
    }
}
