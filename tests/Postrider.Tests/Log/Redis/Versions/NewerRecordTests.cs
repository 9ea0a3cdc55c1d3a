using Postrider.Log;
using Postrider.Log.Redis;

namespace Postrider.Tests.Log.Redis.Versions;

/// <summary>Stored records that a newer version made longer, or gave flags that this one does not know, read as what this one knows of them.</summary>
public sealed class NewerRecordTests
{
    private const byte UnknownFlag = 128;

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private static readonly byte[] More = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    [Fact]
    public void ParkedEvent_LongerAndFlagged_ReadsTheSame()
    {
        var parked = new ParkedEvent(LaneId.OfKey(7), 3, 3, 2, Now, Now, new AttemptError("network", 503, "busy"));
        byte[] prefix = [.. ParkedCodec.Prefix("crm"), .. ParkedCodec.Place(parked.Lane, new ParkedPlace(3, 3))];

        var read = ParkedCodec.Read("crm", [.. prefix, .. Newer(ParkedCodec.Details(parked), 0)]);

        Assert.Equal(ParkedCodec.Read("crm", [.. prefix, .. ParkedCodec.Details(parked)]), read);
    }

    [Fact]
    public void DeadLetter_LongerAndFlagged_ReadsTheSame()
    {
        var letter = new DeadLetter(5, LaneId.OfKey(7), "ada", "order", "http", new AttemptError("http", 400, "no"), new byte[] { 1, 2 }, Now, Now, 3, Now, false);
        byte[] place = [.. ParkedCodec.Prefix("crm"), 0, 0, 0, 0, 0, 0, 0, 5];
        byte[] number = [0, 0, 0, 0, 0, 0, 0, 9];

        var read = LetterCodec.Read(place, [.. number, .. Newer(LetterCodec.Write(letter), 0)]);

        Assert.Equal((9, "crm", 5, "ada", "order"), (read.Number, read.Destination, read.Letter.Position, read.Letter.Key, read.Letter.Type));
        Assert.Equal((letter.Error, 3, false, letter.LastAttempt), (read.Letter.Error, read.Letter.Attempts, read.Letter.Blocking, read.Letter.LastAttempt));
    }

    // What stands behind the first byte of flags.
    private static byte[] Newer(byte[] known, int flags)
    {
        byte[] newer = [.. known, .. More];
        newer[flags] |= UnknownFlag;
        return newer;
    }
}
