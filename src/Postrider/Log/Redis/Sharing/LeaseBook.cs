namespace Postrider.Log.Redis;

/// <summary>
/// Which partitions this process owns, and what it wants of the others: decides, asks nobody. Times are milliseconds of a clock that counts suspension.
/// </summary>
/// <remarks>
/// <code>
///            seen free, below the share            taken
///   another's ────────────────────▶ (take) ──────────────────▶ held ──▶ (renew each 3/10 of a lease) ──▶ held
///      ▲                               │ someone was faster      │ another's token stands there, or none: lost
///      └───────────────────────────────┴─────────────────────────┘
///      ▲                                                         │ above the share: unwanted, delivery lets its attempts end
///      └──────────────────────── (release) ◀─────────────────────┘
/// </code>
/// The share is the number of partitions divided by that of members that take any, rounded up: so there is room for every partition. Who has more
/// gives up one at a time.
/// </remarks>
internal sealed class LeaseBook(int partitions, string member, TimeSpan lease, Func<long> clock, Func<PartitionLease, Task> release, Func<string> random)
{
    private readonly Lock _lock = new();
    private readonly PartitionLease?[] _held = new PartitionLease?[partitions];
    private readonly bool[] _free = new bool[partitions];
    private readonly int _first = (int)(member.Aggregate(17u, (hash, letter) => (hash * 31) + letter) % (uint)partitions);
    private readonly string?[] _reached = new string?[partitions];
    private long _renewedAt;

    /// <summary>False: it takes no more.</summary>
    public bool Takes { get; set; } = true;

    /// <summary>The lease that is held, as far as is known.</summary>
    public PartitionLease? this[int partition]
    {
        get
        {
            lock (_lock)
            {
                return _held[partition];
            }
        }
    }

    public IReadOnlyList<int> Owned
    {
        get
        {
            lock (_lock)
            {
                return [.. Enumerable.Range(0, partitions).Where(number => _held[number] is not null)];
            }
        }
    }

    /// <summary>What to do with each partition.</summary>
    /// <param name="takers">Members that take partitions, this one included.</param>
    public LeaseWish[] Wish(int takers)
    {
        lock (_lock)
        {
            var now = clock();
            var wishes = new LeaseWish[partitions];
            Array.Fill(wishes, LeaseWish.Look);
            if (now - _renewedAt >= lease.TotalMilliseconds * 0.3)
            {
                _renewedAt = now;
                for (var number = 0; number < partitions; number++)
                {
                    if (_held[number] is { } held)
                    {
                        wishes[number] = new LeaseWish(LeaseWish.Renew, held.Token);
                    }
                }
            }

            // Members begin at different places, so that those who come together seldom reach for the same.
            var room = Takes ? ShareOf(takers) - _held.Count(held => held is not null) : 0;
            for (var i = 0; i < partitions && room > 0; i++)
            {
                var number = (_first + i) % partitions;
                if (_held[number] is null && _free[number])
                {
                    wishes[number] = new LeaseWish(LeaseWish.Take, _reached[number] ??= random());
                    room--;
                }
            }

            return wishes;
        }
    }

    /// <summary>What a look told of a partition.</summary>
    /// <param name="number">Which.</param>
    /// <param name="wish">What had been wished.</param>
    /// <param name="sent">When the look was sent.</param>
    /// <param name="redisNow">When it was made, in Redis time.</param>
    /// <param name="look">What it found, behind what it did.</param>
    public void Hear(int number, LeaseWish wish, long sent, long redisNow, PartitionLook look)
    {
        lock (_lock)
        {
            _free[number] = look.Generation is not null && (look.Token is null || look.Until <= redisNow);
            var until = sent + (long)lease.TotalMilliseconds;
            var isFresh = look.Until >= redisNow + (long)lease.TotalMilliseconds;
            if (_held[number] is { } held)
            {
                if (look.Token != held.Token)
                {
                    held.End();
                    (_held[number], _reached[number]) = (null, null);
                }
                else if (wish.What == LeaseWish.Renew && isFresh)
                {
                    // From before it was sent: others count from when it was made, which is later.
                    held.Renew(until);
                }
            }
            else if (_reached[number] is { } reached && look.Token?.EndsWith("-" + reached, StringComparison.Ordinal) is true)
            {
                // Taken now, or by a look whose answer was lost: then it is not valid before it is renewed.
                _held[number] = new PartitionLease(look.Token, isFresh ? until : 0, clock, release);
                _renewedAt = isFresh ? _renewedAt : 0;
            }
        }
    }

    /// <summary>Where it owns more than its share, one of its partitions becomes unwanted, unless one is on its way already.</summary>
    public void GiveUpSurplus(int takers)
    {
        lock (_lock)
        {
            var owned = _held.Where(held => held is not null).ToList();
            if (Takes && owned.Count > ShareOf(takers) && !owned.Exists(held => held!.IsUnwanted))
            {
                owned[^1]!.Unwant();
            }
        }
    }

    /// <summary>The lease is given back, or left to end by itself.</summary>
    /// <returns>Whose it was; null: it is not held any more.</returns>
    public int? Drop(PartitionLease given)
    {
        lock (_lock)
        {
            given.End();
            var number = Array.IndexOf(_held, given);
            if (number < 0)
            {
                return null;
            }

            (_held[number], _reached[number], _free[number]) = (null, null, false);
            return number;
        }
    }

    /// <summary>There is something to take that the next look should not wait for.</summary>
    public bool WantsMore(int takers)
    {
        lock (_lock)
        {
            return Takes
                && _held.Count(held => held is not null) < ShareOf(takers)
                && Enumerable.Range(0, partitions).Any(number => _held[number] is null && _free[number]);
        }
    }

    private int ShareOf(int takers) => (partitions + Math.Max(1, takers) - 1) / Math.Max(1, takers);
}
