using System.Net;
using Postrider.Configuration;
using Postrider.Destinations.Http;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Webhook;

/// <summary>Makes destinations of type <c>webhook</c>: HTTP requests, signed as Standard Webhooks describes.</summary>
public sealed class WebhookDestinationFactory : IDestinationFactory, IReachabilityCheck, IDestinationCheckup
{
    // Two repeats of a lost SYN (after 1 s and 3 s); a host that takes longer is down for our purposes.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly HostResolver _resolve;

    /// <summary>With the system's clock.</summary>
    public WebhookDestinationFactory()
        : this(TimeProvider.System)
    {
    }

    /// <summary>With a clock of your own.</summary>
    public WebhookDestinationFactory(TimeProvider time)
        : this(time, Dns.GetHostAddressesAsync)
    {
    }

    internal WebhookDestinationFactory(TimeProvider time, HostResolver resolve)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _resolve = resolve;
    }

    /// <inheritdoc/>
    public string Type => "webhook";

    /// <inheritdoc/>
    public Type SettingsType => typeof(WebhookSettings);

    /// <inheritdoc/>
    public void Validate(object settings, ISettingsErrors errors)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(errors);
        WebhookSettingsRules.Check((WebhookSettings)settings, errors);
    }

    /// <inheritdoc/>
    public IDestination Create(DestinationConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var settings = (WebhookSettings)config.Settings;
        var connectTimeout = config.Timeout < ConnectTimeout ? config.Timeout : ConnectTimeout;
        return new WebhookDestination(config, Connections(settings), connectTimeout, _time);
    }

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(DestinationConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        var settings = (WebhookSettings)config.Settings;
        if (settings.Proxy is not null)
        {
            // The proxy resolves the names, and what it finds may differ from what we would.
            return null;
        }

        var connections = Connections(settings);
        string?[] urls = [settings.Url, settings.Auth?.Oauth2?.TokenUrl];
        foreach (var url in urls.OfType<string>())
        {
            if (await connections.DescribeBlockedAsync(new Uri(url).IdnHost, cancellationToken) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(DestinationConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        var settings = (WebhookSettings)config.Settings;
        return WebhookCheckup.ExamineAsync(config.Name, settings, Connections(settings), _time, _resolve, cancellationToken);
    }

    private GuardedConnectionFactory Connections(WebhookSettings settings) => new(
        new AddressGuard(settings.AllowPrivateNetwork, settings.AllowNetworks.Select(NetworkPrefix.Parse)), _time, _resolve, GuardedConnectionFactory.ConnectSocketAsync);
}
