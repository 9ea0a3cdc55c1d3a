using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Postrider.Tests.Configuration;

/// <summary>Checks a value against a schema, as far as the keywords that ours uses. Refuses a keyword that it does not know.</summary>
/// <param name="root">What references begin at.</param>
/// <param name="schema">The schema; null: the root is it.</param>
internal sealed class JsonSchemaCheck(JsonObject root, JsonNode? schema = null)
{
    private static readonly HashSet<string> Annotations = ["$schema", "$defs", "title", "description", "default", "then", "else", "$id", "id", "definitions", "format", "uniqueItems", "contentMediaType"];

    public List<string> Check(JsonNode? value)
    {
        var mistakes = new List<string>();
        Check(schema ?? root, value, "", mistakes);
        return mistakes;
    }

    private void Check(JsonNode? schema, JsonNode? value, string path, List<string> mistakes)
    {
        if (schema is JsonValue always)
        {
            if (!always.GetValue<bool>())
            {
                mistakes.Add($"{path}: not allowed");
            }

            return;
        }

        foreach (var (keyword, argument) in schema!.AsObject())
        {
            if (!Annotations.Contains(keyword) && !Holds(keyword, argument!, schema.AsObject(), value, path, mistakes))
            {
                mistakes.Add($"{path}: {keyword}");
            }
        }
    }

    private bool Holds(string keyword, JsonNode argument, JsonObject schema, JsonNode? value, string path, List<string> mistakes)
    {
        switch (keyword)
        {
            case "$ref":
                Check(Resolve(argument.GetValue<string>()), value, path, mistakes);
                return true;
            case "allOf":
                argument.AsArray().ToList().ForEach(part => Check(part, value, path, mistakes));
                return true;
            case "if":
                if (IsValid(argument, value))
                {
                    Check(schema["then"], value, path, mistakes);
                }
                else if (schema["else"] is { } otherwise)
                {
                    Check(otherwise, value, path, mistakes);
                }

                return true;
            case "properties" or "patternProperties" or "additionalProperties" or "propertyNames" or "items":
                CheckChildren(keyword, argument, schema, value, path, mistakes);
                return true;
            case "anyOf":
                return argument.AsArray().Any(option => IsValid(option, value));
            case "oneOf":
                return argument.AsArray().Count(option => IsValid(option, value)) == 1;
            case "type":
                var types = argument is JsonArray many ? many.Select(type => type!.GetValue<string>()) : [argument.GetValue<string>()];
                return types.Any(type => IsOfType(type, value));
            case "enum":
                return argument.AsArray().Any(option => JsonNode.DeepEquals(option, value));
            case "const":
                return JsonNode.DeepEquals(argument, value);
            case "pattern":
                return value is not JsonValue text || !text.TryGetValue<string>(out var written) || Regex.IsMatch(written, argument.GetValue<string>());
            case "required":
                return value is not JsonObject members || argument.AsArray().All(name => members.ContainsKey(name!.GetValue<string>()));
            case "minimum":
                return value is not JsonValue low || !low.TryGetValue<double>(out var number) || number >= argument.GetValue<double>();
            case "maximum":
                return value is not JsonValue high || !high.TryGetValue<double>(out var large) || large <= argument.GetValue<double>();
            default:
                throw new NotSupportedException($"keyword '{keyword}'");
        }
    }

    private void CheckChildren(string keyword, JsonNode argument, JsonObject schema, JsonNode? value, string path, List<string> mistakes)
    {
        if (keyword == "items")
        {
            (value as JsonArray)?.ToList().ForEach(item => Check(argument, item, $"{path}[]", mistakes));
            return;
        }

        foreach (var (name, member) in value as JsonObject ?? [])
        {
            var patterns = schema["patternProperties"]?.AsObject().Where(pattern => Regex.IsMatch(name, pattern.Key)).ToList() ?? [];
            if (keyword == "patternProperties")
            {
                patterns.ForEach(pattern => Check(pattern.Value, member, $"{path}.{name}", mistakes));
                continue;
            }

            var known = schema["properties"]?[name] ?? (keyword == "additionalProperties" && patterns.Count > 0 ? schema["patternProperties"] : null);
            if (keyword == "propertyNames")
            {
                Check(argument, name, $"{path}.{name}", mistakes);
            }
            else if (keyword == "properties" ? known is not null : known is null)
            {
                Check(keyword == "properties" ? known : argument, member, $"{path}.{name}", mistakes);
            }
        }
    }

    private bool IsValid(JsonNode? schema, JsonNode? value)
    {
        var mistakes = new List<string>();
        Check(schema, value, "", mistakes);
        return mistakes.Count == 0;
    }

    private JsonNode Resolve(string reference) =>
        reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode)root, (node, name) => node[name] ?? throw new InvalidOperationException(reference));

    private static bool IsOfType(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value is JsonValue text && text.TryGetValue<string>(out _),
        "boolean" => value is JsonValue flag && flag.TryGetValue<bool>(out _),
        "integer" => value is JsonValue whole && whole.TryGetValue<double>(out var number) && Math.Floor(number) == number,
        "number" => value is JsonValue any && any.TryGetValue<double>(out _),
        _ => throw new NotSupportedException($"type '{type}'"),
    };
}
