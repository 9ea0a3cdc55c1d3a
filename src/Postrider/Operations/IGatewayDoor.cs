using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>The gateway as its clients know it.</summary>
internal interface IGatewayDoor
{
    /// <summary>Where clients on this machine reach it.</summary>
    Uri Address { get; }

    /// <summary>Sends an event as a client of the source would; its id.</summary>
    /// <exception cref="OperationRefusedException">The gateway does not take it; the message is its answer.</exception>
    Task<string> SendAsync(SourceConfig source, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
