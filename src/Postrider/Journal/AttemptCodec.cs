using System.Text.Unicode;

namespace Postrider.Journal;

/// <summary>The byte form of an ended attempt. Numbers are unsigned LEB128; texts and answers are cut to what their field may have.</summary>
/// <remarks>
/// <code>
/// at, Unix ms · outcome · number · duration, µs · status + 1 · next attempt, Unix ms or 0
///   · destination · event id · key · type · class · message · answer, each a length, 0 where there is none, and its bytes
/// </code>
/// </remarks>
internal static class AttemptCodec
{
    /// <summary>No attempt is longer.</summary>
    public const int MaxLength = 64 + MaxName + MaxId + MaxKey + MaxType + MaxName + MaxMessage + MaxAnswer + (7 * 2);

    private const int MaxName = 256;
    private const int MaxId = 512;
    private const int MaxKey = 1024;
    private const int MaxType = 512;
    private const int MaxMessage = 1024;
    private const int MaxAnswer = 1024;

    /// <returns>How many bytes it took.</returns>
    public static int Write(EndedAttempt attempt, Span<byte> bytes)
    {
        var length = Varint.Write(bytes, attempt.At.ToUnixTimeMilliseconds());
        length += Varint.Write(bytes[length..], Array.IndexOf(EndedAttempt.Outcomes, attempt.Outcome));
        length += Varint.Write(bytes[length..], attempt.Number);
        length += Varint.Write(bytes[length..], attempt.Duration.Ticks / TimeSpan.TicksPerMicrosecond);
        length += Varint.Write(bytes[length..], attempt.Status is { } status ? status + 1L : 0);
        length += Varint.Write(bytes[length..], attempt.NextAttempt?.ToUnixTimeMilliseconds() ?? 0);
        WriteText(bytes, ref length, attempt.Destination, MaxName);
        WriteText(bytes, ref length, attempt.EventId, MaxId);
        WriteText(bytes, ref length, attempt.Key, MaxKey);
        WriteText(bytes, ref length, attempt.Type, MaxType);
        WriteText(bytes, ref length, attempt.ErrorClass, MaxName);
        WriteText(bytes, ref length, attempt.Message, MaxMessage);
        var answer = attempt.Answer.Span[..Math.Min(attempt.Answer.Length, MaxAnswer)];
        length += Varint.Write(bytes[length..], answer.Length);
        answer.CopyTo(bytes[length..]);
        return length + answer.Length;
    }

    private static void WriteText(Span<byte> bytes, ref int length, string? text, int most)
    {
        if (text is null)
        {
            length += Varint.Write(bytes[length..], 0);
            return;
        }

        // Stops at a whole character where there is no more room.
        Span<byte> utf8 = stackalloc byte[most];
        Utf8.FromUtf16(text, utf8, out _, out var written);
        length += Varint.Write(bytes[length..], written);
        utf8[..written].CopyTo(bytes[length..]);
        length += written;
    }
}
