using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Sentinels were asked, and what they answer leads to no master.</summary>
/// <param name="message">For people.</param>
/// <param name="mayPass">Whether another try may end otherwise.</param>
internal sealed class SentinelException(string message, bool mayPass) : RedisException(message)
{
    public bool MayPass => mayPass;
}
