using System.Text;

namespace Postrider.Load.Generating;

/// <summary>Publish requests of many sources: user u's events come from source u modulo their number, with that source's own write key.</summary>
internal sealed class RoutedTemplate : IRequestTemplate
{
    private readonly RequestTemplate _inner;
    private readonly byte[][] _credentials;
    private readonly int _offset;

    public RoutedTemplate(int port, int bodyBytes, int sources)
    {
        _credentials = [.. Enumerable.Range(0, sources).Select(Credentials)];
        _inner = new RequestTemplate(port, bodyBytes, $"Authorization: Basic {Encoding.ASCII.GetString(_credentials[0])}\r\n");
        _offset = _inner.Bytes.IndexOf("Basic "u8) + 6;
    }

    /// <summary>Equally long for every source.</summary>
    public static string WriteKey(int source) => $"wk_{source:D6}";

    public ReadOnlySpan<byte> Fill(int user, int sequence, long time)
    {
        _inner.Fill(user, sequence, time);
        _credentials[user % _credentials.Length].CopyTo(_inner.Bytes[_offset..]);
        return _inner.Bytes;
    }

    private static byte[] Credentials(int source) =>
        Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.ASCII.GetBytes(WriteKey(source) + ":")));
}
