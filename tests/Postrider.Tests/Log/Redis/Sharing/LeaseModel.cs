using Postrider.Log.Redis;

namespace Postrider.Tests.Log.Redis.Sharing;

/// <summary>Redis as <c>look.lua</c> makes it, in a few lines, and members on it: what the real ones are held against.</summary>
internal sealed class LeaseModel(int partitions, TimeSpan lease)
{
    private readonly Slot[] _slots = [.. Enumerable.Range(0, partitions).Select(_ => new Slot())];
    private readonly Dictionary<Member, (long Told, bool Takes)> _members = [];
    private int _names;

    public long LeaseMilliseconds { get; } = (long)lease.TotalMilliseconds;

    /// <summary>All clocks that count suspension run alike, however they are set.</summary>
    public long Now { get; private set; } = 1_000_000;

    public List<Member> Members { get; } = [];

    public IReadOnlyList<Slot> Slots => _slots;

    public void Advance(long milliseconds) => Now += milliseconds;

    public Member Join()
    {
        var member = new Member(this, $"m{++_names}", partitions, lease);
        Members.Add(member);
        return member;
    }

    public void Kill(Member member) => Members.Remove(member);

    public void Leave(Member member)
    {
        member.Book.Takes = false;
        foreach (var number in member.Book.Owned)
        {
            member.Release(number);
        }

        _members.Remove(member);
        Members.Remove(member);
    }

    public int TellAndCount(Member member)
    {
        _members[member] = (Now, member.Book.Takes);
        foreach (var silent in _members.Where(told => Now - told.Value.Told > LeaseMilliseconds).Select(told => told.Key).ToList())
        {
            _members.Remove(silent);
        }

        return _members.Count(told => told.Value.Takes);
    }

    public PartitionLook Look(int number, string member, LeaseWish wish)
    {
        var slot = _slots[number];
        var mine = slot.Token is not null && slot.Token == wish.Token;
        var free = slot.Token is null || slot.Until <= Now;
        switch (wish.What)
        {
            case LeaseWish.Renew when mine:
                slot.Until = Now + LeaseMilliseconds;
                break;
            case LeaseWish.Take when free:
                slot.Epoch++;
                (slot.Owner, slot.Token, slot.Until) = (member, $"{slot.Epoch}-{wish.Token}", Now + LeaseMilliseconds);
                break;
            case LeaseWish.Release when mine:
                (slot.Owner, slot.Token, slot.Until) = (null, null, 0);
                break;
        }

        return new PartitionLook(1, 0, 1, null, slot.Owner, slot.Token, slot.Until);
    }

    internal sealed class Slot
    {
        public string? Owner { get; set; }

        public string? Token { get; set; }

        public long Epoch { get; set; }

        public long Until { get; set; }
    }

    internal sealed class Member
    {
        private readonly LeaseModel _model;
        private readonly string _name;
        private readonly int _partitions;
        private int _numbers;

        public Member(LeaseModel model, string name, int partitions, TimeSpan lease)
        {
            (_model, _name, _partitions) = (model, name, partitions);
            Book = new LeaseBook(partitions, name, lease, () => model.Now, _ => Task.CompletedTask, () => $"{name}r{++_numbers}");
        }

        public LeaseBook Book { get; }

        public string Name => _name;

        /// <summary>Its delivery lets go of what is unwanted, as soon as it is.</summary>
        public bool HandsOver { get; set; } = true;

        /// <summary>A look, whose way there and back take as long as told; its answer may be lost.</summary>
        public void Look(long there, long back, bool answered)
        {
            var takers = _model.TellAndCount(this);
            var sent = _model.Now;
            var wishes = Book.Wish(takers);
            _model.Advance(there);
            var at = _model.Now;
            PartitionLook[] looks = [.. Enumerable.Range(0, _partitions).Select(number => _model.Look(number, _name, wishes[number]))];
            _model.Advance(back);
            if (!answered)
            {
                return;
            }

            for (var number = 0; number < _partitions; number++)
            {
                Book.Hear(number, wishes[number], sent, at, looks[number]);
            }

            Book.GiveUpSurplus(takers);
            if (HandsOver)
            {
                foreach (var number in Book.Owned.Where(number => Book[number]!.IsUnwanted).ToList())
                {
                    Release(number);
                }
            }
        }

        public void Release(int number)
        {
            var lease = Book[number]!;
            Book.Drop(lease);
            _model.Look(number, _name, new LeaseWish(LeaseWish.Release, lease.Token));
        }
    }
}
