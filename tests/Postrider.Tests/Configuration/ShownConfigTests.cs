using System.Reflection;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>A configuration as operators see it.</summary>
public sealed class ShownConfigTests
{
    // Texts that are no secrets. A new member of type text stands here or carries [Secret]: somebody has to say which.
    private static readonly HashSet<string> Harmless =
    [
        "AdminConfig.Listen", "AdminConfig.TrustedProxies", "AdminConfig.UserHeader", "AdminConfig.GroupsHeader", "AdminConfig.OperatorGroups", "AdminConfig.ReaderGroups", "AdminConfig.Hosts", "AdminConfig.History",
        "ApiKeySettings.Header", "ApiKeySettings.Query", "CertificateConfig.File", "CertificateConfig.KeyFile", "ClientCertificateSettings.File", "ClientCertificateSettings.KeyFile",
        "ConnectionConfig.From", "ConnectionConfig.To", "DestinationConfig.Type", "DestinationConfig.Alias", "GatewayConfig.Listen", "GatewayConfig.TrustedProxies", "LogConfig.Path",
        "MongoDbIndex.Fields", "MongoDbIndex.Name", "MongoDbSettings.Database", "MongoDbSettings.Collection", "MongoDbSettings.Key", "MongoDbWriteConcern.W",
        "OAuth2Settings.ClientId", "OtlpConfig.Endpoint", "OAuth2Settings.Scopes", "OAuth2Settings.Audience", "ProxySettings.User",
        "RedisLogConfig.User", "RedisLogConfig.Prefix", "RedisLogConfig.Sentinel", "RedisLogConfig.SentinelUser", "RedisTlsConfig.Ca", "RedisTlsConfig.ServerName",
        "SignatureConfig.Header", "SignatureConfig.Prefix", "SourceConfig.AllowedOrigins", "SourceConfig.Key", "SourceConfig.Required", "TelemetryConfig.ServiceName",
        "WebhookSettings.Method", "WebhookSettings.Ca", "WebhookSettings.AllowNetworks",
        "WebhookSourceConfig.TypeField", "WebhookSourceConfig.TypeHeader", "WebhookSourceConfig.DeliveryIdHeader", "WebhookSourceConfig.DeliveryIdField", "WebhookSourceConfig.KeepHeaders",
    ];

    [Fact]
    public void Members_ThatAreTexts_AreEachSecretOrKnownToBeNone()
    {
        var texts = TextMembers().Select(member => (Name: $"{member.DeclaringType!.Name}.{member.Name}", IsSecret: member.IsDefined(typeof(SecretAttribute)))).ToList();

        Assert.Empty(texts.Where(text => !text.IsSecret && !Harmless.Contains(text.Name)).Select(text => text.Name));
        Assert.Empty(texts.Where(text => text.IsSecret && Harmless.Contains(text.Name)).Select(text => text.Name));
        Assert.Empty(Harmless.Except(texts.Select(text => text.Name)));
        Assert.DoesNotContain(Harmless, name => SecretMask.IsSuspicious(name.Split('.')[1]));
        Assert.True(texts.Count(text => text.IsSecret) >= 20);
    }

    [Fact]
    public void Write_EverySecretMemberFilled_ShowsNoneOfThem()
    {
        var number = 0;
        var written = string.Join('\n', Records().SelectMany(type =>
        {
            var record = Activator.CreateInstance(type)!;
            foreach (var member in SettingsMember.Of(type).Where(member => TextMembers().Any(text => text.DeclaringType == type && text.IsDefined(typeof(SecretAttribute)) && Camel(text.Name) == member.Name)))
            {
                var isAddress = type.GetProperty(Pascal(member.Name))!.GetCustomAttribute<SecretAttribute>()!.IsAddress;
                var secret = isAddress ? $"https://u{++number}:s3cr3t-{number}@h/x?t=s3cr3t-{number}" : $"s3cr3t-{++number}";
                member.Set(record, member.Type == typeof(string) ? secret
                    : SettingsShape.IsList(member.Type, out _) ? new[] { secret, secret }
                    : new Dictionary<string, string> { ["X-Name"] = secret });
            }

            return Lines(record);
        }).Select(line => line.Text));

        Assert.True(number >= 20);
        Assert.DoesNotContain("s3cr3t", written, StringComparison.Ordinal);
        Assert.Contains("X-Name: \"***\"", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Sample_IsReadBackAsTheSame()
    {
        const string Yaml = """
            admin: { hosts: [a.example] }
            sources:
              app: { default: true, allowedOrigins: [], key: "anonymousId, userId", rateLimit: 1000/s, deduplicate: {} }
              hooks: { webhook: { auth: none, keepHeaders: ["X-A"] } }
            destinations:
              crm:
                type: webhook
                url: https://crm.example.com/events
                retryOn: [404]
                alias: ["Google Analytics 4", "yes", "1.5", "a: b", "# c", "ü", ""]
              warehouse: { type: mongodb, connection: "mongodb://localhost", database: d, collection: "events_{type}" }
            connections:
              - { from: app, to: crm }
              - { from: hooks, to: warehouse }
            """;
        var config = new YamlConfigReader(BuiltInDestinations.All).ReadText(Yaml.Replace(", \"\"]", "]", StringComparison.Ordinal), "a.yaml", "/tmp");

        var written = string.Join('\n', ConfigYaml.Write(config).Select(line => line.Text));
        var again = new YamlConfigReader(BuiltInDestinations.All).ReadText(written, "b.yaml", "/tmp");

        Assert.Equal(written, string.Join('\n', ConfigYaml.Write(again).Select(line => line.Text)));
        Assert.Equal(config.Destinations["crm"].Alias, again.Destinations["crm"].Alias);
        Assert.Equal(config.Connections, again.Connections);
        Assert.Contains("      initial: 2s\n", written, StringComparison.Ordinal);
        Assert.Contains("    allowedOrigins: []\n", written, StringComparison.Ordinal);
        Assert.Contains("connections:\n  - from: app\n    to: crm\n", written, StringComparison.Ordinal);
        Assert.DoesNotContain("rejectOn", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_RedisLog_ShowsItsMembersBesideItsType()
    {
        var config = new YamlConfigReader([]).ReadText("log: { type: redis, connection: 'redis://u@r:1', password: s3cr3t }", "a.yaml", "/tmp");

        var written = string.Join('\n', ConfigYaml.Write(config).Select(line => line.Text));

        Assert.Contains("log:\n  type: redis\n  connection: \"redis://***@r:1\"\n  password: \"***\"\n", written, StringComparison.Ordinal);
        Assert.DoesNotContain("segmentSize", written, StringComparison.Ordinal);
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    // The whole of a record stands in a configuration somewhere; here each stands alone, as the settings of a destination.
    private static IReadOnlyList<ConfigLine> Lines(object record) => ConfigYaml.Write(new PostriderConfig
    {
        Destinations = new Dictionary<string, DestinationConfig> { ["d"] = new() { Type = "t", Settings = record } },
    });

    private static IEnumerable<PropertyInfo> TextMembers() => Records().SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .Where(property => property.SetMethod is { IsPublic: true } && property.GetCustomAttribute<System.ComponentModel.BrowsableAttribute>() is not { Browsable: false })
        .Where(property => property.PropertyType == typeof(string)
            || (property.PropertyType != typeof(string) && property.PropertyType.IsGenericType && property.PropertyType.GetGenericArguments()[^1] == typeof(string)));

    /// <summary>Every record that a file is bound to, from the top and from the settings of each type of destination.</summary>
    private static HashSet<Type> Records()
    {
        var found = new HashSet<Type>();
        Add(typeof(PostriderConfig));
        Add(typeof(RedisLogConfig));
        foreach (var factory in BuiltInDestinations.All)
        {
            Add(factory.SettingsType);
        }

        return found;

        void Add(Type type)
        {
            var inner = Nullable.GetUnderlyingType(type) ?? type;
            if (ValueFormat.IsValue(inner))
            {
                return;
            }

            if (SettingsShape.IsList(inner, out var element) || SettingsShape.IsMap(inner, out element))
            {
                Add(element);
            }
            else if (found.Add(inner))
            {
                SettingsMember.Of(inner).ToList().ForEach(member => Add(member.Type));
            }
        }
    }
}
