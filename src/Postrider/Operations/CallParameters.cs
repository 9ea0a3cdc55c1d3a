using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>
/// What a call was given, by its query or by a JSON body, read alike. It collects all that is wrong with it, so that one answer names
/// every mistake. A name that is not known is one: a filter with a typing error must not mean all.
/// </summary>
internal sealed class CallParameters
{
    /// <summary>Most of a body with parameters.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    private static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly string[] _known;
    private readonly DateTimeOffset _now;

    private CallParameters(string[] known, DateTimeOffset now)
    {
        _known = known;
        _now = now;
    }

    /// <summary>What is wrong, as far as it was looked at; empty: nothing.</summary>
    public IReadOnlyList<string> Errors => _errors;

    public static CallParameters OfQuery(HttpRequest request, DateTimeOffset now, params string[] known)
    {
        var parameters = new CallParameters(known, now);
        foreach (var (name, values) in request.Query)
        {
            if (values.Count > 1)
            {
                parameters._errors.Add($"'{name}' is given {values.Count} times.");
            }

            parameters.Take(name, values.ToString());
        }

        return parameters;
    }

    /// <summary>No body at all is an object without members.</summary>
    public static async Task<CallParameters> OfBodyAsync(HttpRequest request, DateTimeOffset now, params string[] known)
    {
        var parameters = new CallParameters(known, now);
        if (await ReadBodyAsync(request, MaxBodyBytes).ConfigureAwait(false) is not { } body)
        {
            parameters._errors.Add($"The body is larger than {MaxBodyBytes} bytes.");
        }
        else if (body.Length > 0)
        {
            parameters.Read(body);
        }

        return parameters;
    }

    /// <summary>A whole body; null: it is longer than <paramref name="most"/>.</summary>
    public static async Task<byte[]?> ReadBodyAsync(HttpRequest request, int most)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
            if (read.Buffer.Length > most)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public void Refuse(string error) => _errors.Add(error);

    public string? Text(string name) => _given.GetValueOrDefault(name);

    /// <summary>The text, which must be there.</summary>
    public string Required(string name)
    {
        if (Text(name) is { } text)
        {
            return text;
        }

        _errors.Add($"'{name}' is missing.");
        return "";
    }

    /// <summary>One of some words, or null when it is not given.</summary>
    public string? Word(string name, params string[] words)
    {
        var text = Text(name);
        if (text is not null && !words.Contains(text))
        {
            _errors.Add($"'{name}' must be {string.Join(" or ", words)}, not '{text}'.");
        }

        return text;
    }

    public bool Flag(string name) => Word(name, "true", "false") == "true";

    public int Number(string name, int least, int most, int byDefault)
    {
        if (Text(name) is not { } text)
        {
            return byDefault;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        _errors.Add($"'{name}' must be a number from {least} to {most}, not '{text}'.");
        return byDefault;
    }

    /// <summary>Events a second, or null when it is not given.</summary>
    public double? Rate(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) && rate > 0 && double.IsFinite(rate))
        {
            return rate;
        }

        _errors.Add($"'{name}' must be events a second, more than 0, not '{text}'.");
        return null;
    }

    /// <summary>A point in time, or null when it is not given.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Duration.TryParse(text, out var ago))
        {
            return _now - ago;
        }

        // A query's plus sign that was not escaped arrives as a space.
        if (DateTimeOffset.TryParseExact(
            text.Replace(' ', '+'), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        _errors.Add($"'{name}' must be a time as 2026-01-31T08:00:00Z, or how long ago as 15m, not '{text}'.");
        return null;
    }

    private void Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                _errors.Add("The body must be a JSON object.");
                return;
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                ReadMember(member.Name, member.Value);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second: an escape that is half of a character.
            _errors.Add("The body is not valid JSON.");
        }
    }

    private void ReadMember(string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                Take(name, value.GetString()!);
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                Take(name, value.GetRawText());
                break;
            case JsonValueKind.Null:
                // As good as left out, but its name still has to be right.
                Know(name);
                break;
            default:
                _errors.Add($"'{name}' must be a text or a number.");
                break;
        }
    }

    private void Take(string name, string text)
    {
        if (!Know(name))
        {
            return;
        }

        if (text.Length == 0)
        {
            _errors.Add($"'{name}' is empty: leave it out, or say what it is.");
            return;
        }

        _given[name] = text;
    }

    private bool Know(string name)
    {
        if (_known.Contains(name))
        {
            return true;
        }

        _errors.Add($"'{name}' is unknown here" + (_known.Length > 0 ? $"; known: {string.Join(", ", _known)}." : ": nothing is asked."));
        return false;
    }
}
