using Postrider.Configuration;
using Postrider.Destinations;

namespace Example.Files;

/// <summary>Makes destinations of type <c>file</c>: one line of JSON for each event, in a file for each day.</summary>
public sealed class FileDestinationFactory : IDestinationFactory
{
    /// <inheritdoc/>
    public string Type => "file";

    /// <inheritdoc/>
    public Type SettingsType => typeof(FileSettings);

    /// <inheritdoc/>
    public void Validate(object settings, ISettingsErrors errors)
    {
        var file = (FileSettings)settings;
        if (!Path.IsPathFullyQualified(file.Folder))
        {
            errors.Add("folder", "expected an absolute path, as /var/lib/events");
        }

        if (file.MaxEventSize.Bytes <= 0)
        {
            errors.Add("maxEventSize", "must be more than 0");
        }
    }

    /// <inheritdoc/>
    public IDestination Create(DestinationConfig config) => new FileDestination((FileSettings)config.Settings);
}
