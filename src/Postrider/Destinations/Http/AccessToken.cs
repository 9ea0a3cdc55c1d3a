namespace Postrider.Destinations.Http;

/// <summary>An access token, as requests carry it.</summary>
/// <param name="Header">The value of <c>Authorization</c>.</param>
/// <param name="RenewAt">From when on a new one is fetched in the background, as a timestamp of the clock.</param>
/// <param name="ExpiresAt">From when on it is not used.</param>
internal sealed record AccessToken(string Header, long RenewAt, long ExpiresAt)
{
    public override string ToString() => nameof(AccessToken);
}
