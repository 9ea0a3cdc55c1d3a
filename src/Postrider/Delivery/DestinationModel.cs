using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider.Delivery;

/// <summary>A destination as one configuration describes it, with the object that delivers. Immutable; a reload makes a new one.</summary>
internal sealed class DestinationModel(DestinationConfig config, IDestination destination)
{
    private int _users = 1;

    public DestinationConfig Config { get; } = config;

    public IDestination Destination { get; } = destination;

    /// <summary>An attempt begins with it. False: a reload has closed it meanwhile.</summary>
    public bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var found = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (found == users)
            {
                return true;
            }

            users = found;
        }

        return false;
    }

    /// <summary>An attempt, or the configuration, is done with it; the last one out closes it.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _ = CloseAsync();
        }
    }

    private async Task CloseAsync() => await Destination.DisposeAsync().ConfigureAwait(false);
}
