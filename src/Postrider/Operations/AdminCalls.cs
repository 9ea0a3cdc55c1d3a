using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>What the endpoints have in common.</summary>
internal sealed class AdminCalls(ServerState state, IConfigStore config, TimeProvider time)
{
    public static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The configured destinations' names, sorted.</summary>
    public IEnumerable<string> Destinations => config.Current.Destinations.Keys.Order(StringComparer.Ordinal);

    public static string RouteText(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    public static Task RefuseStartingAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return AdminAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "The server is starting.");
    }

    /// <summary>Answers 400 where the parameters hold a mistake. True: it did.</summary>
    public static async Task<bool> RefusedAsync(HttpContext context, CallParameters parameters)
    {
        if (parameters.Errors.Count == 0)
        {
            return false;
        }

        await AdminAnswers.RefuseAsync(
            context, StatusCodes.Status400BadRequest, parameters.Errors[0], parameters.Errors.Count > 1 ? parameters.Errors : null).ConfigureAwait(false);
        return true;
    }

    /// <summary>Who calls, as the access rules found out.</summary>
    public static Operator By(HttpContext context) => context.Features.GetRequiredFeature<Operator>();

    /// <summary>Whether the caller may not see what events and receivers say.</summary>
    public static bool IsReader(HttpContext context) => By(context).Role is OperatorRole.Reader;

    /// <summary>A call that needs the log and delivery: it is refused while the server starts.</summary>
    public RequestDelegate WhenStarted(RequestDelegate call) => context => state.Running is null ? RefuseStartingAsync(context) : call(context);

    public bool IsConfigured(string destination) => config.Current.Destinations.ContainsKey(destination);

    public Task RefuseUnknownAsync(HttpContext context, string destination)
    {
        var known = string.Join(", ", Destinations);
        var error = $"There is no destination '{destination}'. " + (known.Length > 0 ? $"Known: {known}." : "None is configured.");
        return AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, error);
    }
}
