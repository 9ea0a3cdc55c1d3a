using Microsoft.Extensions.Time.Testing;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;
using Postrider.Diagnostics;
using Postrider.Tests.Destinations.Http;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookCheckupTests : IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task ExamineAsync_TrustedServer_NamesProtocolIssuerAndEnd()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server);

        var finding = Assert.Single(await ExamineAsync(Trusting(receiver.Url)));

        Assert.Equal(FindingLevel.Ok, finding.Level);
        Assert.Matches(@"^127\.0\.0\.1:\d+ takes connections; TLS 1\.[23], certificate by Test root, valid until 2099-01-01$", finding.Text);
        Assert.Empty(receiver.Requests);
    }

    [Theory]
    [InlineData("2098-12-25", FindingLevel.Warning, "ends on 2099-01-01, in 7 days")]
    [InlineData("2099-02-01", FindingLevel.Error, "is valid from 2020-01-01 to 2099-01-01 only")]
    [InlineData("2019-12-31", FindingLevel.Error, "is valid from 2020-01-01 to 2099-01-01 only")]
    public async Task ExamineAsync_CertificateNearItsEnd_IsSeen(string today, FindingLevel level, string text)
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server);
        var time = new FakeTimeProvider(DateTimeOffset.Parse(today + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));

        var finding = Assert.Single(await ExamineAsync(Trusting(receiver.Url), time));

        Assert.Equal(level, finding.Level);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
        Assert.NotNull(finding.Cure);
    }

    [Fact]
    public async Task ExamineAsync_ServerThatNobodyTrusts_SaysWhy()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server);

        var finding = Assert.Single(await ExamineAsync(Trusting(receiver.Url) with { Ca = null }));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.Contains("issued by Test root, is not trusted", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExamineAsync_CertificateOfAnotherName_SaysSo()
    {
        using var other = _authority.Issue("CN=elsewhere");
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, other);

        var finding = Assert.Single(await ExamineAsync(Trusting(receiver.Url)));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.Contains("is for another name", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExamineAsync_ServerWithoutTls_SaysThatItDoesNotSpeakIt()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);

        var finding = Assert.Single(await ExamineAsync(Trusting(receiver.Url.Replace("http:", "https:", StringComparison.Ordinal))));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.Contains("TLS with 127.0.0.1:", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExamineAsync_AddressThatTheGuardRefuses_IsNotConnectedTo()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);

        var finding = Assert.Single(await ExamineAsync(new WebhookSettings { Url = receiver.Url, Secret = Secret }));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.Contains("allowPrivateNetwork: true", finding.Text, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task ExamineAsync_ProxyAndTokens_AreExaminedInTheirTurn()
    {
        await using var proxy = await WebhookReceiver.StartAsync(200);
        await using var tokens = await WebhookReceiver.StartAsync(200);
        await using var receiver = await WebhookReceiver.StartAsync(200);

        var byProxy = await ExamineAsync(new WebhookSettings { Url = "https://crm.example/", Secret = Secret, Proxy = new ProxySettings { Url = proxy.Url } });
        var byTokens = await ExamineAsync(new WebhookSettings
        {
            Url = receiver.Url, AllowPrivateNetwork = true,
            Auth = new AuthSettings { Oauth2 = new OAuth2Settings { TokenUrl = tokens.Url, ClientId = "a", ClientSecret = "b" } },
        });

        Assert.Equal(("crm, proxy", FindingLevel.Ok), (Assert.Single(byProxy).Subject, byProxy[0].Level));
        Assert.Equal(["crm", "crm, tokens"], byTokens.Select(finding => finding.Subject));
        Assert.Empty(tokens.Requests);
    }

    [Fact]
    public async Task ExamineAsync_NeitherSignedNorAuthenticated_Warns()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);

        var findings = await ExamineAsync(new WebhookSettings { Url = receiver.Url, AllowPrivateNetwork = true });

        Assert.Contains(findings, finding => finding.Level is FindingLevel.Warning && finding.Text.Contains("neither a signature nor credentials", StringComparison.Ordinal));
    }

    private static Task<IReadOnlyList<Finding>> ExamineAsync(WebhookSettings settings, TimeProvider? time = null) =>
        new WebhookDestinationFactory(time ?? TimeProvider.System).ExamineAsync(
            TestDestinations.ConfigOf(settings) with { Name = "crm" }, TestContext.Current.CancellationToken);

    private WebhookSettings Trusting(string url) => new() { Url = url, Ca = _authority.RootFile, AllowPrivateNetwork = true, Secret = Secret };
}
