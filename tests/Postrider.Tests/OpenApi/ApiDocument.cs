using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Postrider.Tests.Configuration;

namespace Postrider.Tests.OpenApi;

/// <summary>A committed document: its operations, the requests that its examples make, and whether an answer is what it says.</summary>
internal sealed class ApiDocument
{
    private static readonly string[] Methods = ["get", "head", "post", "put", "patch", "delete", "options"];
    private static readonly string[] Told = ["Postrider-Event-Id", "Postrider-Rejected-Events", "Retry-After", "X-RateLimit-Reset", "WWW-Authenticate"];

    private readonly JsonObject _root;

    public ApiDocument(string text)
    {
        _root = JsonNode.Parse(text)!.AsObject();
        Close(_root);
        Operations = [.. _root["paths"]!.AsObject().SelectMany(path => OperationsOf(path.Key, path.Value!.AsObject()))];
    }

    public static ApiDocument Gateway { get; } = new(Text("gateway"));

    public static ApiDocument Admin { get; } = new(Text("admin"));

    public IReadOnlyList<ApiOperation> Operations { get; }

    public static string Text(string name) => File.ReadAllText(Path.Combine(ConfigSamples.Root, "docs", "openapi", name + ".json"));

    /// <summary>The examples of an operation's body by media type; one without media type where it takes none.</summary>
    public static IEnumerable<(string? MediaType, JsonNode? Value, JsonNode? Schema)> Bodies(ApiOperation operation) =>
        operation.Node["requestBody"]?["content"]?.AsObject() is not { } content
            ? [(null, null, null)]
            : content.SelectMany(media => media.Value!["examples"]!.AsObject()
                .Select(example => ((string?)media.Key, example.Value!["value"], media.Value["schema"])));

    /// <summary>The request of an operation with the document's own examples.</summary>
    public static HttpRequestMessage Request(ApiOperation operation, string? mediaType, JsonNode? body)
    {
        var (path, query) = (operation.Path, new List<string>());
        var request = new HttpRequestMessage { Method = new HttpMethod(operation.Method) };
        foreach (var parameter in operation.Parameters.Where(parameter => parameter["example"] is not null))
        {
            var (name, example) = (parameter["name"]!.GetValue<string>(), parameter["example"]!.ToString());
            switch (parameter["in"]!.GetValue<string>())
            {
                case "path":
                    path = path.Replace($"{{{name}}}", Uri.EscapeDataString(example), StringComparison.Ordinal);
                    break;
                case "query":
                    query.Add($"{name}={Uri.EscapeDataString(example is "True" ? "true" : example)}");
                    break;
                default:
                    request.Headers.Add(name, example);
                    break;
            }
        }

        request.RequestUri = new Uri(query.Count == 0 ? path : $"{path}?{string.Join('&', query)}", UriKind.Relative);
        if (mediaType is not null)
        {
            var text = mediaType == "application/x-www-form-urlencoded"
                ? string.Join('&', body!.AsObject().Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value!.ToString())}"))
                : body?.ToJsonString() ?? "null";
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        }

        return request;
    }

    public List<string> Check(JsonNode? schema, JsonNode? value) => new JsonSchemaCheck(_root, schema!).Check(value);

    /// <summary>What of an answer the document does not say.</summary>
    public async Task<List<string>> CheckAsync(ApiOperation operation, HttpResponseMessage answer)
    {
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (Resolve(operation.Node["responses"]![status]) is not { } declared)
        {
            return [$"{operation}: {status} is not declared: {text}"];
        }

        var mistakes = Told.Where(header => answer.Headers.Contains(header) && declared["headers"]?.AsObject().ContainsKey(header) is not true)
            .Select(header => $"the header {header} is not declared").ToList();
        if (text.Length > 0)
        {
            var type = answer.Content.Headers.ContentType?.MediaType ?? "none";
            if (declared["content"]?[type] is not { } content)
            {
                mistakes.Add($"the type {type} is not declared");
            }
            else if (type == "image/gif")
            {
                // Bytes: nothing to look at.
            }
            else
            {
                mistakes.AddRange(Check(content["schema"], type == "application/json" ? JsonNode.Parse(text) : JsonValue.Create(text)));
            }
        }
        else if (declared["content"] is not null)
        {
            mistakes.Add("the declared body is missing");
        }

        return [.. mistakes.Select(mistake => $"{operation} {status}: {mistake}: {text}")];
    }

    private IEnumerable<ApiOperation> OperationsOf(string path, JsonObject item) =>
        from method in Methods
        where item.ContainsKey(method)
        let operation = item[method]!.AsObject()
        let parameters = Parameters(item).Concat(Parameters(operation)).ToList()
        select new ApiOperation(method.ToUpperInvariant(), path, operation, parameters);

    private IEnumerable<JsonObject> Parameters(JsonObject owner) => owner["parameters"]?.AsArray().Select(each => Resolve(each)!.AsObject()) ?? [];

    private JsonNode? Resolve(JsonNode? node) => node?["$ref"] is not { } reference ? node
        : reference.GetValue<string>().TrimStart('#', '/').Split('/').Aggregate((JsonNode?)_root, (place, name) => place?[name]);

    // A client must bear members that it does not know, so the document does not forbid them; this test does.
    private static void Close(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            if (schema["properties"] is JsonObject && schema["type"] is JsonValue && !schema.ContainsKey("additionalProperties"))
            {
                schema["additionalProperties"] = false;
            }

            schema.ToList().ForEach(member => Close(member.Value));
        }
        else
        {
            (node as JsonArray)?.ToList().ForEach(Close);
        }
    }
}
