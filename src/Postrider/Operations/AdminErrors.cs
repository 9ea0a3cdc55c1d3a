using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Whatever goes wrong below is answered in JSON.</summary>
internal sealed partial class AdminErrors(RequestDelegate next, ILogger<AdminErrors> logger)
{
    private static readonly TimeSpan RetryMoved = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await AdminAnswers.RefuseAsync(context, exception.StatusCode, exception.Message).ConfigureAwait(false);
            return;
        }
        catch (OperationRefusedException exception) when (!context.Response.HasStarted)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status409Conflict, exception.Message).ConfigureAwait(false);
            return;
        }
        catch (LogUnavailableException exception) when (!context.Response.HasStarted)
        {
            // The storage is away, or nobody answered who owns what was asked about: it may be asked again.
            await RefuseForNowAsync(context, exception.Message, exception.RetryAfter).ConfigureAwait(false);
            return;
        }
        catch (GenerationMovedException exception) when (!context.Response.HasStarted)
        {
            // Delivery begins again from the partition's successor within moments.
            await RefuseForNowAsync(context, exception.Message, RetryMoved).ConfigureAwait(false);
            return;
        }
        catch (LogCorruptException exception) when (!context.Response.HasStarted)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status500InternalServerError, exception.Message).ConfigureAwait(false);
            return;
        }
#pragma warning disable CA1031 // The last word for every call: one that fails must not take the answer's form with it.
        catch (Exception exception) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            Log.Failed(logger, context.Request.Method, context.Request.Path, exception);
            context.Response.Clear();
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status500InternalServerError, "The call failed; the server's log says why.")
                .ConfigureAwait(false);
            return;
        }

        // Routing answers a wrong method with a status alone.
        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null } response)
        {
            await AdminAnswers.RefuseAsync(context, response.StatusCode, ReasonPhrases.GetReasonPhrase(response.StatusCode)).ConfigureAwait(false);
        }
    }

    private static Task RefuseForNowAsync(HttpContext context, string reason, TimeSpan retryAfter)
    {
        context.Response.Clear();
        context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return AdminAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.AdminCallFailed, LogLevel.Error, "Admin call {Method} {Path} failed")]
        public static partial void Failed(ILogger logger, string method, PathString path, Exception exception);
    }
}
