namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>A request to one of the doors.</summary>
/// <param name="Method">POST, mostly.</param>
/// <param name="Path">With its query.</param>
/// <param name="Body">As it is sent.</param>
/// <param name="Headers">Names and values; some are nonsense.</param>
public sealed record DoorRequest(string Method, string Path, byte[] Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>The value of a header that was given once; null: of none.</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).ToList();
        return values.Count == 1 ? values[0] : null;
    }

    public HttpRequestMessage ToMessage()
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), Path);
        if (Method == "POST")
        {
            request.Content = new ByteArrayContent(Body);
        }

        foreach (var (name, value) in Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }
}
