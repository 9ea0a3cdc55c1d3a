using System.Text.Json;
using CsCheck;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Whatever an event holds: it stays in its place, and can be read back from there.</summary>
public sealed class TemplateEscapingProperties
{
    private static readonly string[] Awkward = [".", "..", "%2e%2e", "..\\..", "//evil.example", "@evil.example", "😀"];

    private static readonly Gen<string> Value = Gen.OneOf(
        Gen.String[Gen.Char["ab./\\%?#&=+:@;{}\r\n\t\0 \"'é€2eE"], 1, 12],
        Gen.String[Gen.Char['\u0000', '\ud7ff'], 1, 30],
        Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]));

    private static readonly UrlTemplate Url = UrlTemplate.Parse("https://crm.example.com:8443/a/{x}/.{x}?q={x}&r=1");

    [Fact]
    public void Fill_AnyValueInAUrl_StaysInItsPartAndLeadsToTheSameServer() =>
        Value.Sample(
            value =>
            {
                var mistake = Url.Fill(Attempts.Of(JsonSerializer.Serialize(new { x = value })).Event, out var url);
                if (value is "." or "..")
                {
                    return mistake is not null;
                }

                var segments = url.AbsolutePath.Split('/');
                var query = url.Query.Split('&');
                return mistake is null && url.Scheme == "https" && url.IdnHost == "crm.example.com" && url.Port == 8443 && url.UserInfo.Length == 0
                    && url.Fragment.Length == 0 && segments.Length == 4 && segments[1] == "a"
                    && Uri.UnescapeDataString(segments[2]) == value && Uri.UnescapeDataString(segments[3]) == "." + value
                    && query.Length == 2 && query[1] == "r=1" && Uri.UnescapeDataString(query[0]) == "?q=" + value;
            },
            iter: 5000);

    [Fact]
    public void Escape_AnyValueInAHeader_IsPrintableAndDecodesToItself() =>
        Value.Sample(
            value =>
            {
                var escaped = HeaderTemplate.Escape(value);
                return escaped.All(c => c is >= ' ' and <= '~') && escaped == escaped.Trim() && Uri.UnescapeDataString(escaped) == value;
            },
            iter: 5000);

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndWhatItTakesCanBeFilled() =>
        Gen.String[Gen.Char["{}:-.a"], 0, 12].Sample(
            text =>
            {
                if (EventTemplate.TryParse(text, out var template, out var mistake))
                {
                    template.Fill(Attempts.Of("""{"a":{"a":"v"}}""").Event, value => value, mayBeEmpty: true, new System.Text.StringBuilder());
                    return true;
                }

                return mistake.Length > 0;
            },
            iter: 5000);
}
