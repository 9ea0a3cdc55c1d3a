using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Postrider.Operations.Access;

/// <summary>The cookie of a login. Browsers share cookies between the ports of a host, so its name has the port: two servers on one machine do not log each other out.</summary>
internal static class SessionCookie
{
    private const string Name = "postrider_session";

    public static string? Read(HttpContext context) => context.Request.Cookies[NameOf(context.Request)];

    public static void Set(HttpContext context, string secret, bool isHttps) => context.Response.Cookies.Append(NameOf(context.Request), secret, new CookieOptions
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = isHttps,
        Path = "/",
        MaxAge = Sessions.Life,
        IsEssential = true,
    });

    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(NameOf(context.Request), new CookieOptions { Path = "/", HttpOnly = true, SameSite = SameSiteMode.Strict });

    private static string NameOf(HttpRequest request) =>
        request.Host.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{Name}_{port}") : Name;
}
