using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Postrider.Server.Cli;

/// <summary>Asks a running server's admin listener. Whatever goes wrong becomes one sentence.</summary>
internal sealed class AdminClient : IDisposable
{
    // A test waits for the destination's own deadline, and deleting or skipping much takes its time.
    private static readonly TimeSpan PatienceForChanges = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;

    public AdminClient(Uri address, string? token)
    {
        Address = address;
        _client = LocalHttp.Create(address, Timeout.InfiniteTimeSpan);
        if (!string.IsNullOrEmpty(token))
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Uri Address { get; }

    public Task<string> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<string> DeleteAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, path, null, cancellationToken);

    /// <param name="path">Without a slash in front.</param>
    /// <param name="body">JSON; null: none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<string> PostAsync(string path, string? body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body, cancellationToken);

    /// <summary>Begins an answer that comes line by line, for as long as both sides like.</summary>
    /// <param name="path">Without a slash in front.</param>
    /// <param name="cancellationToken">Ends the wait for its beginning.</param>
    public async Task<HttpResponseMessage> OpenStreamAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LocalHttp.Timeout);
        HttpResponseMessage? response = null;
        try
        {
            response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode is HttpStatusCode.OK)
            {
                return response;
            }

            var text = await response.Content.ReadAsStringAsync(patience.Token);
            response.Dispose();
            throw Refused(response.StatusCode, text);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            response?.Dispose();
            throw LocalHttp.Unreachable(Address, exception, LocalHttp.Timeout);
        }
    }

    /// <summary>Reads what was answered.</summary>
    public T Read<T>(string text, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new CliException(
                $"{LocalHttp.Spell(Address)} did not answer as expected: is it the admin listener of a Postrider server?");
        }
    }

    public void Dispose() => _client.Dispose();

    private static string? ReadError(string text)
    {
        try
        {
            using var answer = JsonDocument.Parse(text);
            return answer.RootElement.TryGetProperty("errors", out var errors) && errors.ValueKind is JsonValueKind.Array
                ? string.Join(' ', errors.EnumerateArray().Select(error => error.GetString()))
                : answer.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString()
                : answer.RootElement.GetProperty("error").GetString();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Not our server, or a proxy before it: the status must do.
            return null;
        }
    }

    private async Task<string> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, AddressOf(path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        var timeout = method == HttpMethod.Get ? LocalHttp.Timeout : PatienceForChanges;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        try
        {
            using var response = await _client.SendAsync(request, patience.Token);
            var text = await response.Content.ReadAsStringAsync(patience.Token);
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.NoContent ? text : throw Refused(response.StatusCode, text);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw LocalHttp.Unreachable(Address, exception, timeout);
        }
    }

    private Uri AddressOf(string path) => new(new Uri(Address.AbsoluteUri.TrimEnd('/') + "/"), path);

    private CliException Refused(HttpStatusCode status, string text)
    {
        var error = ReadError(text) ?? "no message";
        var hint = status is HttpStatusCode.Unauthorized ? $" Give it with --token TOKEN or in {SharedOptions.TokenVariable}." : "";
        var exitCode = status is HttpStatusCode.BadRequest ? ExitCodes.BadUsage : ExitCodes.Failed;
        return new CliException($"{LocalHttp.Spell(Address)} answered {(int)status}: {error}{hint}", exitCode, isServerAway: status >= HttpStatusCode.InternalServerError)
        {
            Status = status,
        };
    }
}
