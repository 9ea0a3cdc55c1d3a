using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Makes destinations in memory, with one flaw or none.</summary>
internal sealed class MemoryDestinationFactory(Flaw flaw) : IDestinationFactory
{
    public string Type => "memory";

    public Type SettingsType => flaw switch
    {
        Flaw.HasSettingsOfNoShape => typeof(ShapelessSettings),
        Flaw.PrintsItsSettings => typeof(TalkativeSettings),
        _ => typeof(MemorySettings),
    };

    public void Validate(object settings, ISettingsErrors errors)
    {
        var memory = (MemorySettings)settings;
        if (flaw == Flaw.RefusesGoodSettings)
        {
            errors.Add("place", "is never good enough");
        }

        if (memory.Place.Length == 0 && flaw != Flaw.AcceptsImpossibleSettings)
        {
            errors.Add(flaw == Flaw.NamesAnotherSetting ? "secret" : "place", flaw == Flaw.TellsTheSecretInItsErrors ? $"not with {memory.Secret}" : "must not be empty");
        }
    }

    public IDestination Create(DestinationConfig config) => new MemoryDestination(MemoryReceiver.At(((MemorySettings)config.Settings).Place), flaw);
}
