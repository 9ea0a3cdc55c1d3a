using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Postrider.Configuration;

/// <summary>
/// The JSON Schema (draft 2020-12) of the configuration file, made from the records that the reader binds, so that the
/// two cannot disagree about members. It is for editors: the reader checks more.
/// </summary>
internal static class ConfigSchema
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // The text is a file and not part of a page: quotes and angle brackets stay as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema's text, with a newline at its end.</summary>
    public static string Generate(IReadOnlyList<IDestinationSettingsValidator> destinationTypes)
    {
        var root = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Postrider configuration",
            ["description"] = "The configuration file of a Postrider event delivery server.",
        };
        foreach (var (keyword, value) in Record([SettingsMember.Of(typeof(PostriderConfig))], new PostriderConfig()))
        {
            root[keyword] = value?.DeepClone();
        }

        var definitions = Definitions();
        definitions["destination"] = Destination(destinationTypes);
        foreach (var type in destinationTypes)
        {
            definitions[DefinitionName(type)] = DestinationOfType(type);
        }

        root["$defs"] = definitions;
        return root.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonObject Definitions() => new()
    {
        ["reference"] = new JsonObject
        {
            ["type"] = "string",
            ["pattern"] = @"\$\{",
            ["description"] = "A value from the environment, ${NAME} or ${NAME:-default}, or from a file, ${file:PATH}.",
        },
        // The reader takes the text of a number as it stands, so a write key of digits needs no quotes.
        ["text"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
        ["duration"] = OrReference(new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+(ms|s|m|h|d)$" }),
        ["size"] = OrReference(
            new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+([KMGT]i?B|B)?$" },
            new JsonObject { ["type"] = "integer", ["minimum"] = 0 }),
        ["rate"] = OrReference(new JsonObject { ["type"] = "string", ["pattern"] = "^0*[1-9][0-9]*/[smh]$" }),
        ["name"] = new JsonObject { ["type"] = "string", ["pattern"] = $"^[A-Za-z0-9_-]{{1,{ConfigBinder.MaxNameLength}}}$" },
    };

    private static JsonObject Destination(IReadOnlyList<IDestinationSettingsValidator> types)
    {
        var names = new JsonArray([.. types.Select(type => JsonValue.Create(type.Type))]);
        var conditions = types.Select(type => (JsonNode)new JsonObject
        {
            ["if"] = new JsonObject
            {
                ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = type.Type } },
                ["required"] = new JsonArray("type"),
            },
            ["then"] = new JsonObject { ["$ref"] = $"#/$defs/{DefinitionName(type)}" },
        });
        var typeSchema = OrReference(new JsonObject { ["enum"] = names });
        typeSchema["description"] = SettingsMember.Of(typeof(DestinationConfig)).First(member => member.Name == "type").Description;
        var destination = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["type"] = typeSchema },
            ["required"] = new JsonArray("type"),
        };
        if (types.Count > 0)
        {
            destination["allOf"] = new JsonArray([.. conditions]);
        }

        return destination;
    }

    // A destination's members are all in one object, because additionalProperties sees only the properties beside it.
    private static JsonObject DestinationOfType(IDestinationSettingsValidator type)
    {
        var schema = Record(
            [SettingsMember.Of(typeof(DestinationConfig)), SettingsMember.Of(type.SettingsType)],
            Activator.CreateInstance<DestinationConfig>(),
            Activator.CreateInstance(type.SettingsType)!);
        schema["properties"]!["type"] = new JsonObject { ["const"] = type.Type };
        return schema;
    }

    // Which members there are depends on the type; left out, it is the embedded one.
    private static JsonObject Log()
    {
        var embedded = Record([SettingsMember.Of(typeof(LogConfig))], new LogConfig());
        embedded["properties"]!["type"] = new JsonObject { ["const"] = ValueFormat.Format(LogType.Embedded) };
        var redis = Record(
            [[.. SettingsMember.Of(typeof(LogConfig)).Where(member => member.Name == "type")], SettingsMember.Of(typeof(RedisLogConfig))],
            new LogConfig(), Activator.CreateInstance<RedisLogConfig>());
        redis["properties"]!["type"] = new JsonObject { ["const"] = ValueFormat.Format(LogType.Redis) };
        var type = Member(SettingsMember.Of(typeof(LogConfig)).First(member => member.Name == "type"), new LogConfig());
        return new JsonObject
        {
            ["type"] = new JsonArray("object", "null"),
            ["properties"] = new JsonObject { ["type"] = type },
            ["if"] = new JsonObject
            {
                ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = ValueFormat.Format(LogType.Redis) } },
                ["required"] = new JsonArray("type"),
                ["type"] = "object",
            },
            ["then"] = redis,
            ["else"] = embedded,
        };
    }

    private static string DefinitionName(IDestinationSettingsValidator type) => $"destination-{type.Type}";

    private static JsonObject Record(IReadOnlyList<SettingsMember>[] members, params object[] defaults)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        for (var i = 0; i < members.Length; i++)
        {
            foreach (var member in members[i])
            {
                properties[member.Name] = Member(member, defaults[i]);
                if (member.IsRequired)
                {
                    required.Add(member.Name);
                }
            }
        }

        // A section with nothing beneath it is null in YAML, and means the same as its absence.
        var schema = new JsonObject
        {
            ["type"] = required.Count > 0 ? "object" : new JsonArray("object", "null"),
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        return schema;
    }

    private static JsonObject Member(SettingsMember member, object record)
    {
        var schema = Value(member.Type, member);
        if (member.Description is not null)
        {
            schema["description"] = member.Description;
        }

        if (ValueFormat.IsValue(member.Type) && !member.IsRequired && member.Get(record) is { } value)
        {
            schema["default"] = ValueFormat.IsLiteral(member.Type) ? JsonSerializer.SerializeToNode(value) : ValueFormat.Format(value);
        }

        return schema;
    }

    private static JsonObject Value(Type type, SettingsMember? member)
    {
        if (ValueFormat.IsValue(type))
        {
            return Scalar(type, member);
        }

        if (SettingsShape.IsList(type, out var element))
        {
            return new JsonObject { ["type"] = "array", ["items"] = Value(element, member) };
        }

        if (type == typeof(LogConfig))
        {
            return Log();
        }

        if (!SettingsShape.IsMap(type, out var value))
        {
            return Record([SettingsMember.Of(type)], Activator.CreateInstance(type)!);
        }

        var map = new JsonObject { ["type"] = new JsonArray("object", "null") };
        if (SettingsShape.IsNamed(value))
        {
            map["propertyNames"] = new JsonObject { ["$ref"] = "#/$defs/name" };
        }

        map["additionalProperties"] = value == typeof(DestinationConfig) ? new JsonObject { ["$ref"] = "#/$defs/destination" } : Value(value, null);
        return map;
    }

    private static JsonObject Scalar(Type type, SettingsMember? member)
    {
        if (type == typeof(TimeSpan) || type == typeof(ByteSize) || type == typeof(RateLimit))
        {
            var definition = type == typeof(TimeSpan) ? "duration" : type == typeof(ByteSize) ? "size" : "rate";
            return new JsonObject { ["$ref"] = $"#/$defs/{definition}" };
        }

        if (type == typeof(string))
        {
            return new JsonObject { ["$ref"] = "#/$defs/text" };
        }

        if (type.IsEnum)
        {
            return OrReference(new JsonObject { ["enum"] = new JsonArray([.. ValueFormat.EnumNames(type).Select(name => JsonValue.Create(name))]) });
        }

        var literal = new JsonObject { ["type"] = type == typeof(bool) ? "boolean" : type == typeof(double) ? "number" : "integer" };
        if (member?.Range is { } range)
        {
            literal["minimum"] = JsonSerializer.SerializeToNode(range.Minimum);
            literal["maximum"] = JsonSerializer.SerializeToNode(range.Maximum);
        }

        return OrReference(literal);
    }

    private static JsonObject OrReference(params JsonObject[] schemas) =>
        new() { ["anyOf"] = new JsonArray([.. schemas, new JsonObject { ["$ref"] = "#/$defs/reference" }]) };
}
