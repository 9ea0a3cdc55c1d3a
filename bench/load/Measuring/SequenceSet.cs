using System.Numerics;

namespace Postrider.Load.Measuring;

/// <summary>Which sequence numbers of which user were seen: a bit each. Written by one thread.</summary>
internal sealed class SequenceSet
{
    private readonly ulong[][] _words;

    public SequenceSet(int users)
    {
        _words = new ulong[users][];
        Array.Fill(_words, []);
    }

    public int Users => _words.Length;

    /// <summary>False when it was there already.</summary>
    public bool Add(int user, int sequence)
    {
        ref var words = ref _words[user];
        var word = sequence >> 6;
        if (word >= words.Length)
        {
            Array.Resize(ref words, Math.Max(word + 1, Math.Max(16, words.Length * 2)));
        }

        var bit = 1UL << (sequence & 63);
        var isNew = (words[word] & bit) == 0;
        words[word] |= bit;
        return isNew;
    }

    /// <summary>How many of these the other lacks, over the users that count.</summary>
    public long CountAbsentFrom(SequenceSet other, Func<int, bool> counts)
    {
        var absent = 0L;
        for (var user = 0; user < _words.Length; user++)
        {
            if (!counts(user))
            {
                continue;
            }

            var there = other._words[user];
            for (var i = 0; i < _words[user].Length; i++)
            {
                absent += BitOperations.PopCount(_words[user][i] & ~(i < there.Length ? there[i] : 0));
            }
        }

        return absent;
    }
}
