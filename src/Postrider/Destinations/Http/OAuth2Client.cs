using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Http;

/// <summary>Asks an OAuth 2.0 server for an access token by the client credentials grant. One request; when to ask is for others to say.</summary>
internal sealed class OAuth2Client
{
    /// <summary>The class of all failures to get a token.</summary>
    public const string ErrorClass = "token";

    private const int MaxAnswerBytes = 64 * 1024;
    private const int MaxErrorCode = 64;

    // RFC 6749 lets the server leave it out and say it elsewhere; so short a life does no harm.
    private const double LifetimeIfUnsaid = 300;
    private const double LongestLifetime = 24 * 3600;

    private static readonly SearchValues<char> ErrorCodeChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    private readonly OAuth2Settings _settings;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _time;
    private readonly TimeSpan _connectTimeout;
    private readonly Uri _url;
    private readonly string? _proxyAuthorization;

    public OAuth2Client(OAuth2Settings settings, HttpMessageInvoker invoker, ForwardProxy? proxy, TimeSpan connectTimeout, TimeProvider time)
    {
        _settings = settings;
        _invoker = invoker;
        _time = time;
        _connectTimeout = connectTimeout;
        _url = new Uri(settings.TokenUrl);
        _proxyAuthorization = proxy?.AuthorizationOf(_url);
    }

    /// <summary>A failure, which a later attempt may find cured.</summary>
    public static DeliveryResult Failure(string why, TimeSpan? retryAfter = null) =>
        DeliveryResult.Retry(ErrorClass, $"no access token: {why}", retryAfter: retryAfter);

    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<TokenAnswer> AskAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        try
        {
            using var request = MakeRequest();
            using var response = await _invoker.SendAsync(request, cancellationToken);
            var body = await ReadAsync(response, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK ? Read(body, began) : Refuse(response, ErrorCode(body));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new TokenAnswer(null, Failure(HttpFailure.From(e, _url.Authority, _connectTimeout)?.Reason ?? $"{_url.Authority} did not answer"));
        }
    }

    private HttpRequestMessage MakeRequest()
    {
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "client_credentials") };
        if (_settings.Scopes.Count > 0)
        {
            form.Add(new("scope", string.Join(' ', _settings.Scopes)));
        }

        if (_settings.Audience is not null)
        {
            form.Add(new("audience", _settings.Audience));
        }

        var request = new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Version = _url.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (_settings.ClientAuth == OAuth2ClientAuth.Basic)
        {
            // RFC 6749, 2.3.1: both are form-encoded before they are joined.
            var pair = $"{WebUtility.UrlEncode(_settings.ClientId)}:{WebUtility.UrlEncode(_settings.ClientSecret)}";
            request.Headers.TryAddWithoutValidation("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else
        {
            form.Add(new("client_id", _settings.ClientId));
            form.Add(new("client_secret", _settings.ClientSecret));
        }

        request.Content = new FormUrlEncodedContent(form);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "Postrider/" + ProductVersion.Text);
        if (_proxyAuthorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Proxy-Authorization", _proxyAuthorization);
        }

        return request;
    }

    private TokenAnswer Read(byte[] body, long began)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("access_token", out var token) || token.ValueKind != JsonValueKind.String
                || token.GetString() is not { Length: > 0 } text || text.Any(c => c is <= ' ' or > '~'))
            {
                return Fail("answered 200 without a usable access_token");
            }

            if (root.TryGetProperty("token_type", out var type)
                && (type.ValueKind != JsonValueKind.String || !string.Equals(type.GetString(), "Bearer", StringComparison.OrdinalIgnoreCase)))
            {
                return Fail("answered with a token_type other than Bearer");
            }

            // Counted from before the request: the server's clock started some time after it.
            var lifetime = LifetimeOf(root);
            return new TokenAnswer(new AccessToken("Bearer " + text, At(began, lifetime * 0.8), At(began, lifetime - Math.Min(10, lifetime * 0.1))), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Fail("answered 200 with something that is not JSON");
        }
    }

    private static double LifetimeOf(JsonElement root)
    {
        var seconds = 0d;
        var isSaid = root.TryGetProperty("expires_in", out var said)
            && (said.ValueKind == JsonValueKind.Number ? said.TryGetDouble(out seconds)
                : said.ValueKind == JsonValueKind.String && double.TryParse(said.GetString(), System.Globalization.CultureInfo.InvariantCulture, out seconds));
        return isSaid && seconds > 0 ? Math.Clamp(seconds, 1, LongestLifetime) : LifetimeIfUnsaid;
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = response.Content.ReadAsStream(cancellationToken);
        var buffer = new byte[MaxAnswerBytes];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }

    // Whoever has the wrong secret, or may not ask in this way, gets no token for any event, however often it is tried: only a person can help.
    private TokenAnswer Refuse(HttpResponseMessage response, string? code)
    {
        var what = $"answered {(int)response.StatusCode}{(code is null ? "" : $" ({code})")}";
        return response.StatusCode == HttpStatusCode.Unauthorized || code is "invalid_client" or "unauthorized_client"
            ? new TokenAnswer(null, DeliveryResult.Refused($"no access token: {_url.Authority} {what}; look at the client's id, its secret and its rights"))
            : Fail(what, RetryAfterHeader.Read(response.Headers, _time));
    }

    // The code of RFC 6749, 5.2, as invalid_client; descriptions are left out, for some repeat what was sent.
    private static string? ErrorCode(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.String && error.GetString() is { Length: > 0 and <= MaxErrorCode } code
                && !code.AsSpan().ContainsAnyExcept(ErrorCodeChars) ? code : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private long At(long began, double seconds) => began + (long)(seconds * _time.TimestampFrequency);

    private TokenAnswer Fail(string what, TimeSpan? retryAfter = null) => new(null, Failure($"{_url.Authority} {what}", retryAfter));
}
