namespace Postrider.Tests.Configuration;

public sealed class ConfigReferenceTests
{
    [Theory]
    [InlineData("${KEY}", "value")]
    [InlineData("a${KEY}b${KEY}", "avaluebvalue")]
    [InlineData("${EMPTY}x", "x")]
    [InlineData("${NONE:-fallback}", "fallback")]
    [InlineData("${EMPTY:-fallback}", "fallback")]
    [InlineData("${KEY:-fallback}", "value")]
    [InlineData("x${NONE:-}", "x")]
    [InlineData("$${KEY}", "${KEY}")]
    [InlineData("$${KEY}${KEY}", "${KEY}value")]
    [InlineData("$KEY $ $$", "$KEY $ $$")]
    [InlineData("${NESTED}", "${KEY}")]
    public void ReadText_References_AreExpanded(string written, string expected)
    {
        var config = ConfigText.Read($"sources: {{ web: {{ writeKey: '{written}' }} }}", ("KEY", "value"), ("EMPTY", ""), ("NESTED", "${KEY}"));

        Assert.Equal(expected, config.Sources["web"].WriteKey);
    }

    [Fact]
    public void ReadText_ReferenceForEveryType_IsParsed()
    {
        var config = ConfigText.Read(
            """
            sources: { web: { default: "${YES}" } }
            log: { retain: "${HOURS}h", minFreeDisk: "${SIZE}" }
            destinations: { crm: { type: "${TYPE}", url: "http://${HOST}/", concurrency: "${N}", rateLimit: "${RATE}", on410: "${GONE}", retryOn: ["${STATUS}"] } }
            """,
            ("YES", "true"), ("HOURS", "3"), ("SIZE", "2GiB"), ("TYPE", "webhook"), ("HOST", "h"), ("N", "5"), ("RATE", "7/s"), ("GONE", "disable"), ("STATUS", "404"));

        var crm = config.Destinations["crm"];
        Assert.True(config.Sources["web"].Default);
        Assert.Equal(TimeSpan.FromHours(3), config.Log.Retain);
        Assert.Equal("2GiB", config.Log.MinFreeDisk.ToString());
        Assert.Equal("http://h/", ((FakeWebhookType.Settings)crm.Settings).Url);
        Assert.Equal((5, "7/s", "Disable"), (crm.Concurrency, crm.RateLimit.ToString(), crm.On410.ToString()));
        Assert.Equal([404], crm.RetryOn);
    }

    [Theory]
    [InlineData("${NONE}", "the environment variable 'NONE' is not set; set it, or give a default: ${NONE:-default}")]
    [InlineData("${open", "'${' has no '}'; write '$${' for the characters themselves")]
    [InlineData("${}", "'${}' is no reference; write ${NAME}, ${NAME:-default}, ${file:PATH}, or $${ for the characters themselves")]
    [InlineData("${1A}", "'${1A}' is no reference; write ${NAME}, ${NAME:-default}, ${file:PATH}, or $${ for the characters themselves")]
    [InlineData("${a b}", "'${a b}' is no reference; write ${NAME}, ${NAME:-default}, ${file:PATH}, or $${ for the characters themselves")]
    public void ReadText_BadReference_IsAnErrorWithItsPlace(string written, string expected)
    {
        var errors = ConfigText.Errors($"admin:\n  token: '{written}'");

        Assert.Equal([$"p.yaml:2:10: admin.token: {expected}"], errors);
    }

    [Fact]
    public void ReadText_WrongValueOfReference_IsNotShown()
    {
        var errors = ConfigText.Errors("log: { retain: '${HUSH}' }", ("HUSH", "s3cret"));

        Assert.Equal(["p.yaml:1:16: log.retain: expected a duration such as 500ms, 2s, 5m, 24h or 7d; found '${HUSH}'"], errors);
    }

    [Fact]
    public void ReadText_ReferenceInName_StaysAsItIs()
    {
        var errors = ConfigText.Errors("'${KEY}': 1", ("KEY", "admin"));

        Assert.StartsWith("p.yaml:1:1: ${KEY}: unknown member", Assert.Single(errors), StringComparison.Ordinal);
    }
}
