namespace Postrider.Destinations.Http;

/// <summary>No connection was made, and we know why.</summary>
internal sealed class OutboundConnectionException : IOException
{
    public OutboundConnectionException(string errorClass, string message, Exception? innerException = null)
        : base(message, innerException) => ErrorClass = errorClass;

    /// <summary>As <see cref="DeliveryResult.ErrorClass"/>.</summary>
    public string ErrorClass { get; }
}
