using System.Security.Claims;

namespace Postrider.Operations;

/// <summary>Who asks, as ASP.NET has it: the user of every request that the access rules let through, and of the console's connection.</summary>
public static class OperatorClaims
{
    /// <summary>The role claim of operators, who have <see cref="ReaderRole"/> too.</summary>
    public const string OperatorRole = "operator";

    /// <summary>The role claim of all who may see the admin listener.</summary>
    public const string ReaderRole = "reader";

    private const string Scheme = "Postrider";
    private const string FromClaim = "postrider:from";

    /// <summary>The user that stands for someone who asks.</summary>
    public static ClaimsPrincipal ToPrincipal(Operator by)
    {
        ArgumentNullException.ThrowIfNull(by);
        var identity = new ClaimsIdentity(Scheme, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.Name, by.Name));
        identity.AddClaim(new Claim(ClaimTypes.Role, ReaderRole));
        if (by.Role is Operations.OperatorRole.Operator)
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, OperatorRole));
        }

        if (by.From is { } from)
        {
            identity.AddClaim(new Claim(FromClaim, from));
        }

        return new ClaimsPrincipal(identity);
    }

    /// <summary>Who a user is; null: the access rules let nobody of this kind through.</summary>
    public static Operator? Find(ClaimsPrincipal? user) => user?.Identity is ClaimsIdentity { IsAuthenticated: true, AuthenticationType: Scheme, Name: { } name }
        ? new Operator(name, user.IsInRole(OperatorRole) ? Operations.OperatorRole.Operator : Operations.OperatorRole.Reader) { From = user.FindFirst(FromClaim)?.Value }
        : null;
}
