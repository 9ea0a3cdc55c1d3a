using System.Buffers;

namespace Postrider.Configuration;

/// <summary>Checks <c>telemetry</c>.</summary>
internal sealed class TelemetryValidator(ConfigErrors errors)
{
    private static readonly SearchValues<char> TokenChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public void Validate(TelemetryConfig telemetry)
    {
        Require("telemetry.serviceName", telemetry.ServiceName is null or { Length: > 0 and <= 255 }, "expected a name of 1 to 255 characters");

        // A required member that is missing is null, and reported already.
        if (telemetry.Otlp is not { Endpoint: not null } otlp)
        {
            return;
        }

        var isAddress = Uri.TryCreate(otlp.Endpoint, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0;
        Require("telemetry.otlp.endpoint", isAddress, "expected an http or https address without user, query and fragment, as http://localhost:4317; credentials belong into headers");
        Require("telemetry.otlp.interval", otlp.Interval >= TimeSpan.FromSeconds(1) && otlp.Interval <= TimeSpan.FromHours(1), "must be between 1s and 1h");
        Require("telemetry.otlp.timeout", otlp.Timeout >= TimeSpan.FromMilliseconds(100) && otlp.Timeout <= TimeSpan.FromMinutes(1), "must be between 100ms and 1m");
        foreach (var (name, value) in otlp.Headers)
        {
            // The exporter parts headers by commas, whatever is done to them.
            var isHeader = name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenChars) && value.All(letter => letter is >= ' ' and <= '~' and not ',');
            Require($"telemetry.otlp.headers.{name}", isHeader, "expected a header's name, and a value of printable ASCII without commas");
        }
    }

    private void Require(string path, bool condition, string message)
    {
        if (!condition && !errors.Has(path))
        {
            errors.Add(path, message);
        }
    }
}
