using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace Postrider.Operations.Access;

/// <summary>The page at <c>/login</c>: one form, nothing from elsewhere, no script.</summary>
internal static class LoginPage
{
    public const string Path = "/login";

    private const string Resource = "login.html";
    private const string StyleBegin = "<style>";
    private const string StyleEnd = "</style>";

    private static readonly string Template = Read();

    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{HashOfStyle()}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Where a login leads: a path of this listener, whatever was asked for.</summary>
    public static string SafeReturn(string? url) =>
        url is ['/', ..] and not ['/', '/' or '\\', ..] && url.All(c => c is > ' ' and <= '~' and not '\\') && !url.StartsWith(Path, StringComparison.OrdinalIgnoreCase) ? url : "/";

    /// <summary>Sends a browser that wants a page here, and back there afterwards.</summary>
    public static Task SendThereAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var request = context.Request;
        if (SameOrigin.IsLinkFromElsewhere(request))
        {
            // Whoever is logged in has a cookie, which browsers keep back from links of other sites; a page of ours that asks again gets it.
            var here = HtmlEncoder.Default.Encode(SafeReturn($"{request.Path}{request.QueryString}"));
            return WriteAsync(context, StatusCodes.Status200OK, $"<!doctype html><html lang=\"en\"><meta http-equiv=\"refresh\" content=\"0; url={here}\"><title>Postrider</title>");
        }

        context.Response.Redirect($"{Path}?returnUrl={Uri.EscapeDataString($"{request.Path}{request.QueryString}")}");
        return Task.CompletedTask;
    }

    /// <summary>Answers with the page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="returnUrl">Where to go afterwards.</param>
    /// <param name="error">What went wrong before; null: nothing.</param>
    public static Task AnswerAsync(HttpContext context, int status, string returnUrl, string? error)
    {
        var html = Template
            .Replace("{{error}}", error is null ? "" : $"<p role=\"alert\">{HtmlEncoder.Default.Encode(error)}</p>", StringComparison.Ordinal)
            .Replace("{{returnUrl}}", HtmlEncoder.Default.Encode(returnUrl), StringComparison.Ordinal);
        return WriteAsync(context, status, html);
    }

    private static Task WriteAsync(HttpContext context, int status, string html)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = Policy;
        return response.WriteAsync(html, context.RequestAborted);
    }

    private static string HashOfStyle()
    {
        var begin = Template.IndexOf(StyleBegin, StringComparison.Ordinal) + StyleBegin.Length;
        var style = Template[begin..Template.IndexOf(StyleEnd, StringComparison.Ordinal)];
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
    }

    private static string Read()
    {
        using var stream = typeof(LoginPage).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);

        // A checkout may have turned the ends of lines, and browsers hash what they were given after turning them back.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
