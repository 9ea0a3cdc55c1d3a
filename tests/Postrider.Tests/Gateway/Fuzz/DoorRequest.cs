namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>A request to one of the doors.</summary>
/// <param name="Method">POST, mostly.</param>
/// <param name="Path">With its query.</param>
/// <param name="Body">As it is sent.</param>
/// <param name="Headers">Names and values; of a name given twice the last counts. Some are nonsense.</param>
public sealed record DoorRequest(string Method, string Path, byte[] Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>What is sent of the headers.</summary>
    public IEnumerable<(string Name, string Value)> Sent => Headers.Reverse().DistinctBy(header => header.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The value of a header; null: of none.</summary>
    public string? Header(string name) => Sent.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).FirstOrDefault();

    public HttpRequestMessage ToMessage()
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), Path);
        if (Method == "POST")
        {
            request.Content = new ByteArrayContent(Body);
        }

        foreach (var (name, value) in Sent)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    public override string ToString() => $"{Method} {Path} {string.Join(", ", Sent)}: {System.Text.Encoding.UTF8.GetString(Body)}";
}
