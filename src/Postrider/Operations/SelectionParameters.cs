namespace Postrider.Operations;

/// <summary>How a call says which events it means.</summary>
internal static class SelectionParameters
{
    public const string Destination = "destination";
    public const string All = "all";

    /// <summary>The names of the filters beside the destination.</summary>
    public static string[] Filters { get; } = ["key", "type", "class", "since", "until", "id"];

    public static EventFilter Read(CallParameters parameters) => new()
    {
        Key = parameters.Text("key"),
        Type = parameters.Text("type"),
        Class = parameters.Word("class", "rejected", "gave-up", "corrupt", "forgotten"),
        Since = parameters.Time("since"),
        Until = parameters.Time("until"),
        Id = parameters.Text("id"),
    };

    /// <summary>What changes everything must say so: a filter that got lost on its way must not mean all.</summary>
    public static void RequireNarrowing(CallParameters parameters, params string[] narrowing)
    {
        if (!parameters.Flag(All) && parameters.Errors.Count == 0 && !narrowing.Any(name => parameters.Text(name) is not null))
        {
            parameters.Refuse($"This would mean all of them: narrow it by {string.Join(", ", narrowing)}, or say {All}=true.");
        }
    }
}
