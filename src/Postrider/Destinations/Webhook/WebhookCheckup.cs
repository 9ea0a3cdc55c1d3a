using Postrider.Destinations.Http;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Webhook;

/// <summary>Examines what a webhook's settings point to, without sending anything.</summary>
internal static class WebhookCheckup
{
    private const string Area = "destination";

    // It stands in every example of the documentation.
    private const string SampleSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        string name, WebhookSettings settings, GuardedConnectionFactory connections, TimeProvider time, HostResolver resolve, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        if (settings.Proxy is { } proxy)
        {
            // The proxy connects in our stead; where it stands is the operator's choice, so no guard.
            var direct = new GuardedConnectionFactory(
                new AddressGuard(allowPrivateNetwork: true, [NetworkPrefix.Parse("0.0.0.0/0"), NetworkPrefix.Parse("::/0")]), time, resolve,
                GuardedConnectionFactory.ConnectSocketAsync);
            var toProxy = new ConnectionProbe(direct, time, () => null);
            findings.AddRange(await toProxy.ExamineAsync($"{name}, proxy", new Uri(SafeUrl.Of(proxy.Url)), cancellationToken));
        }
        else
        {
            var probe = new ConnectionProbe(connections, time, () => TlsFiles.Load(settings.ClientCertificate, settings.Ca));
            findings.AddRange(await probe.ExamineAsync(name, new Uri(settings.Url), cancellationToken));
            if (settings.Auth?.Oauth2 is { } oauth2)
            {
                findings.AddRange(await probe.ExamineAsync($"{name}, tokens", new Uri(oauth2.TokenUrl), cancellationToken));
            }
        }

        if (FindWeakness(name, settings) is { } weakness)
        {
            findings.Add(weakness);
        }

        return findings;
    }

    private static Finding? FindWeakness(string name, WebhookSettings settings) => settings switch
    {
        _ when settings.AllSecrets.Contains(SampleSecret) => Finding.Error(
            Area, name, "it signs with the sample secret of the documentation, which everyone knows", "Make one of your own: echo whsec_$(openssl rand -base64 32)"),
        _ when !settings.AllSecrets.Any() && settings.Auth is null && settings.ClientCertificate is null && !settings.Headers.ContainsKey("Authorization") => Finding.Warning(
            Area, name, "its deliveries carry neither a signature nor credentials: the receiver cannot tell them from anyone's", "Give it a secret: echo whsec_$(openssl rand -base64 32)"),
        _ => null,
    };
}
