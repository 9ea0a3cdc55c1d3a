namespace Postrider.Testing;

/// <summary>Settings that cannot work, and the member that must be named for it.</summary>
/// <param name="Settings">An instance of the factory's settings type, wrong in one member and right in all others.</param>
/// <param name="Member">The member as the configuration file writes it: <c>url</c>, <c>headers.X-Name</c>, <c>secrets[1]</c>.</param>
public sealed record ImpossibleSettings(object Settings, string Member);
