using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class TelemetryConfigTests
{
    private const string Whole =
        """
        telemetry:
          serviceName: orders
          traces: { sample: 0.25 }
          otlp: { endpoint: "https://c.example:4318/otlp", protocol: http, headers: { Authorization: "Bearer ${T}" }, interval: 10s, timeout: 2s }
        """;

    [Fact]
    public void Read_Telemetry_IsAsWritten()
    {
        var telemetry = ConfigText.Read(Whole, ("T", "hunter2")).Telemetry;

        Assert.Equal(("orders", 0.25, true), (telemetry.ServiceName, telemetry.Traces.Sample, telemetry.Traces.Enabled));
        Assert.Equal(
            ("https://c.example:4318/otlp", OtlpProtocol.Http, "Bearer hunter2", TimeSpan.FromSeconds(10)),
            (telemetry.Otlp!.Endpoint, telemetry.Otlp.Protocol, telemetry.Otlp.Headers["Authorization"], telemetry.Otlp.Interval));
    }

    [Fact]
    public void ToString_OfAConfiguration_ShowsNoHeader()
    {
        Assert.DoesNotContain("hunter2", ConfigText.Read(Whole, ("T", "hunter2")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void IsSameAs_TheSameFileReadAgain_Holds()
    {
        var once = ConfigText.Read(Whole, ("T", "a")).Telemetry;

        Assert.True(once.IsSameAs(ConfigText.Read(Whole, ("T", "a")).Telemetry));
        Assert.False(once.IsSameAs(ConfigText.Read(Whole, ("T", "b")).Telemetry));
        Assert.False(once.IsSameAs(new TelemetryConfig()));
        Assert.True(new TelemetryConfig().IsSameAs(ConfigText.Read("telemetry:").Telemetry));
    }

    [Theory]
    [InlineData("otlp: {}", "p.yaml:1:14: telemetry.otlp: the member 'endpoint' is missing")]
    [InlineData("otlp: { endpoint: 'localhost:4317' }", "p.yaml:1:32: telemetry.otlp.endpoint: expected an http or https address")]
    [InlineData("otlp: { endpoint: 'http://u:p@c:4317' }", "p.yaml:1:32: telemetry.otlp.endpoint: expected an http or https address")]
    [InlineData("otlp: { endpoint: 'http://c', protocol: grpcc }", "telemetry.otlp.protocol: expected one of grpc, http; found 'grpcc'; did you mean 'grpc'?")]
    [InlineData("otlp: { endpoint: 'http://c', interval: 10ms }", "telemetry.otlp.interval: must be between 1s and 1h")]
    [InlineData("otlp: { endpoint: 'http://c', timeout: 2h }", "telemetry.otlp.timeout: must be between 100ms and 1m")]
    [InlineData("otlp: { endpoint: 'http://c', headers: { 'a b': c } }", "telemetry.otlp.headers.a b: expected a header's name, and a value of printable ASCII without commas")]
    [InlineData("otlp: { endpoint: 'http://c', headers: { a: 'b,c' } }", "telemetry.otlp.headers.a: expected a header's name, and a value of printable ASCII without commas")]
    [InlineData("traces: { sample: 1.5 }", "telemetry.traces.sample: must be between 0 and 1; found '1.5'")]
    [InlineData("serviceName: ''", "telemetry.serviceName: expected a name of 1 to 255 characters")]
    public void Read_MistakeInTelemetry_IsNamed(string members, string mistake)
    {
        var errors = ConfigText.Errors($"telemetry: {{ {members} }}");

        Assert.Contains(mistake, Assert.Single(errors), StringComparison.Ordinal);
    }
}
