namespace Postrider.Operations;

/// <summary>What someone may do on the admin listener.</summary>
public enum OperatorRole
{
    /// <summary>Sees states, figures and errors, no payloads, and changes nothing.</summary>
    Reader,

    /// <summary>Sees and does everything.</summary>
    Operator,
}
