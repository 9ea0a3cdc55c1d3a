namespace Postrider.Load.Generating;

/// <summary>Numbers of a fixed width, so that a request's length never changes.</summary>
internal static class PaddedNumber
{
    public static void Write(Span<byte> field, long number, byte padding)
    {
        for (var i = field.Length - 1; i >= 0; i--)
        {
            field[i] = number > 0 || i == field.Length - 1 ? (byte)('0' + (number % 10)) : padding;
            number /= 10;
        }
    }
}
