using System.Buffers;

namespace Postrider.Gateway;

/// <summary>A body in an array of the shared pool. Its owner returns the array once.</summary>
internal readonly record struct RentedBody(byte[]? Buffer, int Length)
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
