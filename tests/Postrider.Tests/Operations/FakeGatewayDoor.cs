using System.Text;
using Postrider.Configuration;
using Postrider.Operations;

namespace Postrider.Tests.Operations;

/// <summary>A gateway that remembers what it was sent.</summary>
internal sealed class FakeGatewayDoor : IGatewayDoor
{
    public Uri Address { get; } = new("http://localhost:3000");

    public List<(string Source, string Body)> Sent { get; } = [];

    /// <summary>Why it takes nothing; null: it does.</summary>
    public string? Refusal { get; set; }

    public Task<string> SendAsync(SourceConfig source, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        Sent.Add((source.Name, Encoding.UTF8.GetString(body.Span)));
        return Refusal is null ? Task.FromResult("evt_testlog-0-0-9") : throw new OperationRefusedException(Refusal);
    }
}
