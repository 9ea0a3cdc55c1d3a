using Postrider.Configuration;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Collects what the factory finds wrong.</summary>
internal sealed class SettingsErrors : ISettingsErrors
{
    public List<(string Member, string Message)> All { get; } = [];

    public static IReadOnlyList<(string Member, string Message)> Of(WebhookSettings settings)
    {
        var errors = new SettingsErrors();
        new WebhookDestinationFactory().Validate(settings, errors);
        return errors.All;
    }

    public void Add(string member, string message) => All.Add((member, message));
}
