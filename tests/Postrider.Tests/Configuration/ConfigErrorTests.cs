namespace Postrider.Tests.Configuration;

public sealed class ConfigErrorTests
{
    private const string Hook = "destinations:\n  crm: { type: webhook, url: http://crm.example }\n";

    public static TheoryData<string, string> Mistakes => new()
    {
        // members
        { "gatway: {}", "p.yaml:1:1: gatway: unknown member; did you mean 'gateway'?" },
        { "kafka: {}", "p.yaml:1:1: kafka: unknown member; known are gateway, admin, log, delivery, telemetry, sources, destinations, connections" },
        { "admin:\n  Token: x", "p.yaml:2:3: admin.Token: unknown member; did you mean 'token'?" },
        { "admin: { token: a, token: b }", "p.yaml:1:20: admin.token: given twice; the first is on line 1" },
        { "log: {}\nadmin: {}\nlog: {}", "p.yaml:3:1: log: given twice; the first is on line 1" },
        { "gateway: 5", "p.yaml:1:10: gateway: expected members, as in 'gateway: { name: value }'; found a single value" },
        { "gateway: [a]", "p.yaml:1:1: gateway: expected members, as in 'gateway: { name: value }'; found a list" },
        { "connections: [{}]\nsources: { b: { default: true } }", "p.yaml:1:15: connections[0]: the member 'from' is missing|p.yaml:1:15: connections[0]: the member 'to' is missing" },
        { "[a]", "p.yaml:1:1: expected members such as 'gateway:' and 'destinations:'" },
        { "just text", "p.yaml:1:1: expected members such as 'gateway:' and 'destinations:'" },
        { "sources: { a b: { default: true } }", "p.yaml:1:12: sources: the name 'a b' is not allowed; a name is 1 to 64 letters, digits, '-' or '_'" },
        { "gateway: { listen: { a: b } }", "p.yaml:1:12: gateway.listen: expected text; found members" },
        { "gateway: { listen: }", "p.yaml:1:12: gateway.listen: expected text; found no value; leave the member out for its default" },

        // values
        { "log: { retain: 10 }", "p.yaml:1:16: log.retain: expected a duration such as 500ms, 2s, 5m, 24h or 7d; found '10'" },
        { "log: { retain: -1s }", "p.yaml:1:16: log.retain: expected a duration such as 500ms, 2s, 5m, 24h or 7d; found '-1s'" },
        { "log: { retain: 99999999d }", "p.yaml:1:16: log.retain: expected a duration such as 500ms, 2s, 5m, 24h or 7d; found '99999999d'" },
        { "log: { maxSize: lots }", "p.yaml:1:17: log.maxSize: expected a size such as 64KiB, 4MiB or 1GiB; found 'lots'" },
        { "log: { type: embeded }", "p.yaml:1:14: log.type: expected one of embedded, redis; found 'embeded'; did you mean 'embedded'?" },
        { "log: { type: kafka }", "p.yaml:1:14: log.type: expected one of embedded, redis; found 'kafka'" },
        { "log: { type: redis }", "p.yaml:1:1: log: the member 'connection' is missing" },
        { "log: { type: redis, connection: 'r:1', path: ./d, maxSize: 1GiB }", "p.yaml:1:40: log.path: belongs to type embedded; this log is of type redis|p.yaml:1:51: log.maxSize: belongs to type embedded; this log is of type redis" },
        { "log: { prefix: a }", "p.yaml:1:8: log.prefix: belongs to type redis; this log is of type embedded" },
        { "log: { type: redis, conection: 'r:1' }", "p.yaml:1:1: log: the member 'connection' is missing|p.yaml:1:21: log.conection: unknown member; did you mean 'connection'?" },
        { "log: { type: redis, connection: 'http://u:hunter2@r' }", "p.yaml:1:33: log.connection: expected host:port, with commas between several, or redis://host:port or rediss://host:port (TLS); user, password and further options are members of their own" },
        { "log: { type: redis, connection: 'r:1', cluster: true }", "p.yaml:1:40: log.cluster: is found out by asking Redis; name some nodes of the Redis Cluster in connection" },
        { "log: { type: redis, connection: 's:1', sentinel: { master: m } }", "p.yaml:1:40: log.sentinel: expected text; found members" },
        { "log: { type: redis, connection: 's:1', sentinel: 'my master' }", "p.yaml:1:50: log.sentinel: must be the name under which the Sentinels watch the master, as mymaster: letters, digits, '.', '-' or '_'" },
        { "log: { type: redis, connection: 's:1,serviceName=mymaster,sentinel=1' }", "p.yaml:1:33: log.connection: name the hosts and ports of the Sentinels, and write the name of what they watch as a member of its own: sentinel: NAME" },
        { "log: { type: redis, connection: 's:1', sentinelUser: a, sentinelPassword: b }", "p.yaml:1:54: log.sentinelUser: is for Sentinels; write sentinel: NAME as well|p.yaml:1:75: log.sentinelPassword: is for Sentinels; write sentinel: NAME as well" },
        { "log: { type: redis, connection: 's:1', sentinel: m, sentinelUser: a }", "p.yaml:1:1: log.sentinelPassword: is missing; a user needs one" },
        { "log: { type: redis, connection: 'redis://r', tls: {} }", "p.yaml:1:46: log.tls: contradicts redis://, which is without TLS; write rediss:// in connection" },
        { "log: { type: redis, connection: 'redis://:hunter2@r', password: x }", "p.yaml:1:65: log.password: is given twice, here and in connection; leave one out" },
        { "log: { type: redis, connection: r, durability: fsnc, prefix: 'a{b', partitions: 0 }", "p.yaml:1:48: log.durability: expected one of everysec, fsync, memory; found 'fsnc'; did you mean 'fsync'?|p.yaml:1:62: log.prefix: must be 1 to 64 letters, digits, '.', ':', '-' or '_', because all keys and ACL patterns begin with it|p.yaml:1:81: log.partitions: must be between 1 and 1024; found '0'" },
        { "log: { path: '' }", "p.yaml:1:14: log.path: expected a path" },
        { "sources: { a: { default: yes } }", "p.yaml:1:26: sources.a.default: expected true or false; found 'yes'" },
        { "sources: { a: { default: 'true' } }", "p.yaml:1:26: sources.a.default: expected true or false; found text, write it without quotes" },

        // gateway and admin
        { "gateway: { listen: 3000 }", "p.yaml:1:20: gateway.listen: expected scheme, IP address or localhost, and port, as http://0.0.0.0:3000" },
        { "gateway: { listen: 'http://example.com:1' }", "p.yaml:1:20: gateway.listen: expected scheme, IP address or localhost, and port, as http://0.0.0.0:3000" },
        { "gateway: { listen: 'http://127.0.0.1:70000' }", "p.yaml:1:20: gateway.listen: expected scheme, IP address or localhost, and port, as http://0.0.0.0:3000" },
        { "gateway: { listen: 'http://127.0.0.1:1/x' }", "p.yaml:1:20: gateway.listen: expected scheme, IP address or localhost, and port, as http://0.0.0.0:3000" },
        { "gateway: { listen: 'https://[::]:3443' }", "p.yaml:1:20: gateway.listen: https needs a certificate; add certificate: { file: …, keyFile: … }" },
        { "gateway: { listen: 'http://0.0.0.0:3001' }", "p.yaml:1:20: gateway.listen: gateway and admin both listen on port 3001; give one another port" },
        { "admin: { listen: 'http://localhost:3000' }", "p.yaml:1:18: admin.listen: gateway and admin both listen on port 3000; give one another port" },
        { "admin: { listen: 'http://0.0.0.0:3001' }", "p.yaml:1:18: admin.listen: an address that others reach needs a token; add token: \"${POSTRIDER_TOKEN}\", or listen on 127.0.0.1" },
        { "admin: { listen: 'https://127.0.0.1:3001' }", "p.yaml:1:18: admin.listen: https is not supported here; listen on loopback, or put a TLS proxy before it" },
        { "admin: { readToken: a }", "p.yaml:1:21: admin.readToken: with a token for readers alone nobody could change anything; add token: \"${POSTRIDER_TOKEN}\" for operators" },
        { "admin: { token: a, readTokens: [a] }", "p.yaml:1:20: admin.readTokens: a token of operators is here too, and would make its readers operators; give readers their own" },
        { "admin: { token: a, tokens: [''] }", "p.yaml:1:29: admin.tokens[0]: is empty; take it out of the list" },
        { "admin: { trustedProxies: [10.1.2.3/8] }", "p.yaml:1:27: admin.trustedProxies[0]: expected a network or an address, as 10.0.0.0/8 or fd00::5, with no bits set behind the prefix" },
        { "admin: { trustedProxies: ['::/0'] }", "p.yaml:1:27: admin.trustedProxies[0]: is everybody: whoever calls could say who they are" },
        { "admin: { trustedProxies: [10.1.2.3], userHeader: 'X User' }", "p.yaml:1:50: admin.userHeader: expected the name of a header, as X-Forwarded-User" },
        { "admin: { trustedProxies: [10.1.2.3], groupsHeader: X-Groups }", "p.yaml:1:52: admin.groupsHeader: says nothing without operatorGroups or readerGroups; add one of them" },
        { "admin: { trustedProxies: [10.1.2.3], readerGroups: [a] }", "p.yaml:1:1: admin.groupsHeader: operatorGroups and readerGroups need it, as X-Forwarded-Groups; else every user is an operator" },
        { "admin: { hosts: ['http://a'] }", "p.yaml:1:18: admin.hosts[0]: expected a name or address without scheme and port, as postrider.example.com or [fd00::1]" },
        { "admin: { token: 'a b' }", "p.yaml:1:17: admin.token: must be printable ASCII without spaces, because it travels in a header" },

        // sizes and times
        { "gateway: { maxBodySize: 1 }", "p.yaml:1:25: gateway.maxBodySize: must be between 1KiB and 64MiB" },
        { "gateway: { trustedProxies: ['10.0.0.0/33'] }", "p.yaml:1:29: gateway.trustedProxies[0]: expected an address such as 127.0.0.1, or a range such as 10.0.0.0/8" },
        { "gateway: { trustedProxies: ['10'] }", "p.yaml:1:29: gateway.trustedProxies[0]: expected an address such as 127.0.0.1, or a range such as 10.0.0.0/8" },
        { "gateway: { maxReceiving: 1MiB }", "p.yaml:1:26: gateway.maxReceiving: maxReceiving (1MiB) must be at least maxBodySize (4MiB), or no large body is ever received" },
        { "delivery: { maxInMemory: 1MiB }", "p.yaml:1:26: delivery.maxInMemory: delivery.maxInMemory (1MiB) must be at least gateway.maxBodySize (4MiB), or a large event is never delivered" },
        { "delivery: { shutdownTimeout: 2h }", "p.yaml:1:30: delivery.shutdownTimeout: must be at most 1h" },
        { "log: { segmentSize: 1KiB }", "p.yaml:1:21: log.segmentSize: must be between 64KiB and 1GiB" },
        { "log: { maxSize: 200MiB }", "p.yaml:1:17: log.maxSize: maxSize (200MiB) must be at least twice segmentSize (128MiB), because space is given back a segment at a time" },
        { "log: { maxRepeatMemory: 1KiB }", "p.yaml:1:25: log.maxRepeatMemory: must be between 64KiB and 16GiB" },
        { "log: { maxLinger: 2s }", "p.yaml:1:19: log.maxLinger: must be at most 1s: every answer may wait for so long" },

        // sources
        { "sources:\n  a: { default: true }\n  b: { default: true }", "p.yaml:3:17: sources.b.default: 'a' is the default already; at most one source may be" },
        { "sources:\n  a:", "p.yaml:2:3: sources.a: no request can reach it; give it a writeKey, or default: true" },
        { "sources: { a: { writeKey: '' } }", "p.yaml:1:27: sources.a.writeKey: a write key must not be empty" },
        { "sources: { a: { writeKeys: [k, ''] } }", "p.yaml:1:32: sources.a.writeKeys[1]: a write key must not be empty" },
        { "sources:\n  a: { writeKey: k }\n  b: { writeKeys: [k] }", "p.yaml:3:20: sources.b.writeKeys[0]: the write key is given twice; 'a' has it already" },
        { "sources: { a: { writeKey: 'a:b' } }", "p.yaml:1:27: sources.a.writeKey: a write key must not contain ':' or control characters, because it travels as the user name of Basic authentication" },

        // connections
        { Hook + "connections: [{ from: defualt, to: crm }]", "p.yaml:3:23: connections[0].from: unknown source 'defualt'; did you mean 'default'?" },
        { Hook + "connections: [{ from: default, to: warehouse }]", "p.yaml:3:36: connections[0].to: unknown destination 'warehouse'; known are crm" },
        { "connections: [{ from: default, to: crm }]", "p.yaml:1:36: connections[0].to: unknown destination 'crm'; there are none" },
        { Hook + "connections:\n  - { from: default, to: crm }\n  - { from: default, to: crm }", "p.yaml:5:5: connections[1]: 'default' to 'crm' is connected already; remove this line" },
        { Hook + "connections: [{ from: default }]", "p.yaml:3:15: connections[0]: the member 'to' is missing" },
        { Hook + "connections:", "p.yaml:3:1: connections: expected a list, as in 'connections: [ … ]'; found no value; write [] for an empty list, or leave the member out" },
    };

    public static TheoryData<string, string> DestinationMistakes => new()
    {
        { "url: ftp://x", "p.yaml:4:10: destinations.crm.url: must be http or https" },
        { "url: [x]", "p.yaml:4:5: destinations.crm.url: expected text; found a list" },
        { "usl: http://x", "p.yaml:4:5: destinations.crm.usl: unknown member; did you mean 'url'?|p.yaml:2:3: destinations.crm: the member 'url' is missing" },
        { "url: http://x\n    secrets: [whsec_a, b]", "p.yaml:5:24: destinations.crm.secrets[1]: must begin with whsec_" },
        { "url: http://x\n    headers: { Webhook-Id: '1' }", "p.yaml:5:28: destinations.crm.headers.Webhook-Id: is set by Postrider" },
        { "url: http://x\n    headers: { a: 1, a: 2 }", "p.yaml:5:22: destinations.crm.headers.a: given twice; the first is on line 5" },
        { "url: http://x\n    concurrency: 0", "p.yaml:5:18: destinations.crm.concurrency: must be between 1 and 10000; found '0'" },
        { "url: http://x\n    concurrency: 10001", "p.yaml:5:18: destinations.crm.concurrency: must be between 1 and 10000; found '10001'" },
        { "url: http://x\n    concurrency: 1.5", "p.yaml:5:18: destinations.crm.concurrency: expected a whole number; found '1.5'" },
        { "url: http://x\n    timeout: 0s", "p.yaml:5:14: destinations.crm.timeout: must be more than 0s and at most 1d" },
        { "url: http://x\n    rateLimit: 0/s", "p.yaml:5:16: destinations.crm.rateLimit: expected a rate such as 100/s, 5000/m or 10/h; found '0/s'" },
        { "url: http://x\n    rateLimit: 5/d", "p.yaml:5:16: destinations.crm.rateLimit: expected a rate such as 100/s, 5000/m or 10/h; found '5/d'" },
        { "url: http://x\n    retry: { initial: 0s }", "p.yaml:5:23: destinations.crm.retry.initial: must be more than 0s" },
        { "url: http://x\n    retry: { initial: 20m }", "p.yaml:5:23: destinations.crm.retry.initial: initial (20m) must be at most max (10m)" },
        { "url: http://x\n    retry: { max: 1s }", "p.yaml:5:19: destinations.crm.retry.max: initial (2s) must be at most max (1s)" },
        { "url: http://x\n    retry: { max: 31d }", "p.yaml:5:19: destinations.crm.retry.max: must be more than 0s and at most 30d" },
        { "url: http://x\n    retry: { maxAttempts: 0 }", "p.yaml:5:27: destinations.crm.retry.maxAttempts: must be at least 1; found '0'" },
        { "url: http://x\n    retryOn: 404", "p.yaml:5:14: destinations.crm.retryOn: expected a list, as in 'retryOn: [ … ]'; found a single value" },
        { "url: http://x\n    retryOn: [404, 600]", "p.yaml:5:20: destinations.crm.retryOn[1]: must be between 100 and 599; found '600'" },
        { "url: http://x\n    retryOn: [404]\n    rejectOn: [501, 404]", "p.yaml:6:21: destinations.crm.rejectOn[1]: 404 is also in retryOn; leave it in one of them" },
        { "url: http://x\n    on410: ignore", "p.yaml:5:12: destinations.crm.on410: expected one of reject, disable; found 'ignore'" },
        { "url: http://x\n    startFrom: begin", "p.yaml:5:16: destinations.crm.startFrom: expected one of tail, oldest; found 'begin'" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void ReadText_OneMistake_IsNamedWithItsPlace(string yaml, string expected)
    {
        var errors = ConfigText.Errors(yaml);

        Assert.Equal(expected.Split('|'), errors);
    }

    [Theory]
    [MemberData(nameof(DestinationMistakes))]
    public void ReadText_MistakeInDestination_IsNamedWithItsPlace(string members, string expected)
    {
        var errors = ConfigText.Errors($"destinations:\n  crm:\n    type: webhook\n    {members}\n");

        Assert.Equal(expected.Split('|').Order(), errors.Order());
    }

    [Theory]
    [InlineData("{ url: http://x }", "p.yaml:1:17: destinations.crm: the member 'type' is missing; known types are webhook")]
    [InlineData("{ type: webhok, url: http://x }", "p.yaml:1:30: destinations.crm.type: unknown type 'webhok'; did you mean 'webhook'?")]
    [InlineData("{ type: kafka, brokers: [a] }", "p.yaml:1:30: destinations.crm.type: unknown type 'kafka'; known are webhook")]
    [InlineData("", "p.yaml:1:17: destinations.crm: the member 'type' is missing; known types are webhook")]
    public void ReadText_DestinationWithoutKnownType_NamesTheKnownOnes(string destination, string expected)
    {
        var errors = ConfigText.Errors($"destinations: {{ crm: {destination} }}");

        Assert.Equal([expected], errors);
    }

    [Fact]
    public void ReadText_ManyMistakes_AreAllReportedInTheOrderOfTheFile()
    {
        var errors = ConfigText.Errors("""
            gateway: { listen: nowhere, maxBody: 1MiB }
            admin: { listen: "http://0.0.0.0:3001" }
            sources:
              a: { default: true, writeKey: "" }
              b: { default: true }
            destinations:
              crm: { type: webhook, url: ftp://x, concurrency: none }
              old: { type: carrier-pigeon }
            connections:
              - { from: c, to: crm }
              - { from: a, to: old }
              - { from: a, to: older }
            log: { retain: soon, path: "${NOT_SET}" }
            """);

        Assert.Equal(
            [
                "p.yaml:1:20: gateway.listen: expected scheme, IP address or localhost, and port, as http://0.0.0.0:3000",
                "p.yaml:1:29: gateway.maxBody: unknown member; known are listen, certificate, maxBodySize, trustedProxies, maxReceiving",
                "p.yaml:2:18: admin.listen: an address that others reach needs a token; add token: \"${POSTRIDER_TOKEN}\", or listen on 127.0.0.1",
                "p.yaml:4:33: sources.a.writeKey: a write key must not be empty",
                "p.yaml:5:17: sources.b.default: 'a' is the default already; at most one source may be",
                "p.yaml:7:30: destinations.crm.url: must be http or https",
                "p.yaml:7:52: destinations.crm.concurrency: expected a whole number; found 'none'",
                "p.yaml:8:16: destinations.old.type: unknown type 'carrier-pigeon'; known are webhook",
                "p.yaml:10:13: connections[0].from: unknown source 'c'; known are a, b",
                "p.yaml:12:20: connections[2].to: unknown destination 'older'; known are crm, old",
                "p.yaml:13:16: log.retain: expected a duration such as 500ms, 2s, 5m, 24h or 7d; found 'soon'",
                "p.yaml:13:28: log.path: the environment variable 'NOT_SET' is not set; set it, or give a default: ${NOT_SET:-default}",
            ],
            errors);
    }

    [Fact]
    public void ReadText_MistakeInAliasedValue_IsShownWhereItIsUsed()
    {
        var errors = ConfigText.Errors("log:\n  retain: &r soon\ndelivery:\n  forgetAfter: *r\n");

        Assert.Equal(2, errors.Length);
        Assert.StartsWith("p.yaml:2:11: log.retain:", errors[0], StringComparison.Ordinal);
        Assert.StartsWith("p.yaml:4:16: delivery.forgetAfter:", errors[1], StringComparison.Ordinal);
    }
}
