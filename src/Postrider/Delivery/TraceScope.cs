using System.Collections;
using System.Diagnostics;

namespace Postrider.Delivery;

/// <summary>What a log line says of the span that it belongs to, by the names that loggers use.</summary>
internal sealed class TraceScope(Activity span) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 2;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("TraceId", span.TraceId.ToHexString()),
        1 => new("SpanId", span.SpanId.ToHexString()),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
        yield return this[1];
    }

    public override string ToString() => $"TraceId:{span.TraceId.ToHexString()}, SpanId:{span.SpanId.ToHexString()}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
