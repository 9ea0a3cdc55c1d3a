using System.IO.Compression;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Bodies as clients compress them.</summary>
internal static class Compressed
{
    public static byte[] As(string encoding, byte[] body)
    {
        using var output = new MemoryStream();
        using (var stream = Open(encoding.ToUpperInvariant(), output))
        {
            stream.Write(body);
        }

        return output.ToArray();
    }

    private static Stream Open(string encoding, MemoryStream output) => encoding switch
    {
        "GZIP" or "X-GZIP" => new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true),
        "DEFLATE" => new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true),
        "BR" => new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true),
        _ => output,
    };
}
