namespace Postrider.Journal;

/// <summary>A row of the history as it is kept.</summary>
/// <param name="Start">When it begins, in Unix seconds.</param>
/// <param name="Length">How long it is, in seconds.</param>
/// <param name="Bytes">As <see cref="FigureCodec"/> writes it.</param>
internal readonly record struct StoredRow(long Start, int Length, byte[] Bytes)
{
    public long End => Start + Length;
}
