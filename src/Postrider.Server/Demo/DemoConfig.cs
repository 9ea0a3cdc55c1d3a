using System.Security.Cryptography;

namespace Postrider.Server.Demo;

/// <summary>The demo's configuration: one source, two signed webhooks.</summary>
internal static class DemoConfig
{
    public static string Write(DemoOptions options, Uri receivers) => $"""
        gateway: {Brace($"listen: \"http://127.0.0.1:{options.GatewayPort}\"")}
        admin: {Brace($"listen: \"http://127.0.0.1:{options.AdminPort}\"")}
        log: {Brace("path: ./data, minFreeDisk: 64MiB")}
        sources:
          demo: {Brace("default: true")}
        destinations:
          webhook1:
            type: webhook
            url: {receivers}webhook1
            secret: {CreateSecret()}
            allowPrivateNetwork: true
          webhook2:
            type: webhook
            url: {receivers}webhook2
            secret: {CreateSecret()}
            allowPrivateNetwork: true
        """;

    private static string Brace(string members) => "{ " + members + " }";

    private static string CreateSecret() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
}
