using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Destinations.MongoDb;

/// <summary>Makes destinations of type <c>mongodb</c>: a document for each event, or one for each key.</summary>
public sealed class MongoDbDestinationFactory : IDestinationFactory, IDestinationCheckup
{
    private readonly TimeProvider _time;

    /// <summary>With the system's clock.</summary>
    public MongoDbDestinationFactory()
        : this(TimeProvider.System)
    {
    }

    /// <summary>With a clock of your own.</summary>
    public MongoDbDestinationFactory(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
    }

    /// <inheritdoc/>
    public string Type => "mongodb";

    /// <inheritdoc/>
    public Type SettingsType => typeof(MongoDbSettings);

    /// <inheritdoc/>
    public void Validate(object settings, ISettingsErrors errors)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(errors);
        MongoDbSettingsRules.Check((MongoDbSettings)settings, errors);
    }

    /// <inheritdoc/>
    public IDestination Create(DestinationConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new MongoDbDestination((MongoDbSettings)config.Settings, config.Concurrency, config.Timeout, _time);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(DestinationConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        return MongoDbCheckup.ExamineAsync(config.Name, (MongoDbSettings)config.Settings, config.Timeout, cancellationToken);
    }
}
