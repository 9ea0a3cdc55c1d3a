namespace Postrider.Delivery;

/// <summary>Where one dispatcher stands towards the others: up to date, far behind, or not reading at all.</summary>
internal sealed class CatchUpStanding(CatchUpThrottle throttle)
{
    /// <summary>A dispatcher with so many unread events or more is far behind, and yields to those that are not.</summary>
    public const long FarBehind = 8192;

    private bool _behind;
    private bool _upToDate;

    /// <summary>Attempts that it may have in flight.</summary>
    public int Limit => _behind ? throttle.Limit : int.MaxValue;

    /// <summary>It has begun less than is its own whatever that costs others.</summary>
    public bool IsBelowFloor => _behind && throttle.IsBelowFloor;

    /// <summary>An attempt of so many events begins.</summary>
    public void Begin(int events)
    {
        if (_behind || _upToDate)
        {
            throttle.Begin(_behind, events);
        }
    }

    /// <param name="reads">It reads on; false: it is paused, open or gone.</param>
    /// <param name="unread">Events that it has not looked at.</param>
    public void Take(bool reads, long unread)
    {
        var behind = reads && unread >= FarBehind;
        var upToDate = reads && !behind;
        if (behind != _behind || upToDate != _upToDate)
        {
            throttle.Count(behind.CompareTo(_behind), upToDate.CompareTo(_upToDate));
            (_behind, _upToDate) = (behind, upToDate);
        }
    }
}
