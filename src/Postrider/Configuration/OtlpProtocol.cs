namespace Postrider.Configuration;

/// <summary>How a collector is spoken to.</summary>
public enum OtlpProtocol
{
    /// <summary>gRPC, mostly on port 4317.</summary>
    Grpc,

    /// <summary>Protobuf over HTTP, mostly on port 4318.</summary>
    Http,
}
