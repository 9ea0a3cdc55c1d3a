namespace Postrider.Gateway;

/// <summary>A certificate's files cannot be used; the message names them and says why.</summary>
internal sealed class CertificateUnusableException(string message, Exception inner) : Exception(message, inner);
