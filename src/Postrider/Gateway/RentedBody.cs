using System.Buffers;

namespace Postrider.Gateway;

/// <summary>A body in an array of the shared pool. Its owner returns the array once.</summary>
/// <param name="Buffer">The array, which may be longer; null: there is none.</param>
/// <param name="Length">How much of it is the body.</param>
/// <param name="Taken">What it counts in the budget.</param>
internal readonly record struct RentedBody(byte[]? Buffer, int Length, long Taken)
{
    public ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(0, Length);

    public void Return()
    {
        if (Buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(Buffer);
        }
    }
}
