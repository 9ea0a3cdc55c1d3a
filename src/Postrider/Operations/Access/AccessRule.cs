namespace Postrider.Operations.Access;

/// <summary>Who may use an endpoint: every endpoint of the API carries one as metadata.</summary>
/// <param name="Needs">The role it takes; null: anyone.</param>
internal sealed record AccessRule(OperatorRole? Needs)
{
    /// <summary>Health, and the way in.</summary>
    public static AccessRule Open { get; } = new((OperatorRole?)null);

    /// <summary>Shows something; what only operators may see of it, the endpoint leaves out.</summary>
    public static AccessRule Reader { get; } = new(OperatorRole.Reader);

    /// <summary>Changes something.</summary>
    public static AccessRule Operator { get; } = new(OperatorRole.Operator);
}
