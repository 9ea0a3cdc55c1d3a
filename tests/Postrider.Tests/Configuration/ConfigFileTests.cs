using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>What reading needs a disk for: the file itself, references to files, paths relative to it.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("postrider-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ReadFile_MissingFile_SaysSoAndNamesTheOption()
    {
        var path = Path.Combine(_folder, "none.yaml");

        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(path));

        Assert.Equal($"{path}: there is no such file; name the configuration file with --config FILE", exception.Message);
    }

    [Fact]
    public void ReadFile_Folder_IsUnreadable()
    {
        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(_folder));

        Assert.Contains("cannot be read", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--config", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFile_RelativePaths_AreOfItsFolder()
    {
        var path = Write("p.yaml", "log: { path: ./events }");

        var config = ConfigText.Reader().ReadFile(path);

        Assert.Equal(Path.Combine(_folder, "events"), config.Log.Path);
    }

    [Fact]
    public void ReadFile_ByteOrderMark_IsIgnored()
    {
        var path = Write("p.yaml", "\uFEFFlog: { retain: 2h }");

        var config = ConfigText.Reader().ReadFile(path);

        Assert.Equal(TimeSpan.FromHours(2), config.Log.Retain);
    }

    [Fact]
    public void ReadFile_NotUtf8_NamesTheLine()
    {
        var path = Path.Combine(_folder, "p.yaml");
        File.WriteAllBytes(path, [.. "log: {}\n# "u8, 0xE9, .. "\n"u8]);

        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(path));

        Assert.Equal($"{path}:2:1: not UTF-8 text; save the file as UTF-8", exception.Message);
    }

    [Fact]
    public void ReadFile_TooLarge_IsRefused()
    {
        var path = Write("p.yaml", new string('#', (1 << 20) + 1));

        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(path));

        Assert.Equal($"{path}: larger than 1 MiB", exception.Message);
    }

    [Theory]
    [InlineData("s3cret", "s3cret")]
    [InlineData("s3cret\n", "s3cret")]
    [InlineData("s3cret\r\n", "s3cret")]
    [InlineData("${NOT_A_REFERENCE}\n", "${NOT_A_REFERENCE}")]
    public void ReadFile_FileReference_IsItsTextWithoutTheLastNewline(string content, string expected)
    {
        Write("token", content);
        var path = Write("p.yaml", "destinations: { crm: { type: webhook, url: http://x, secret: \"${file:token}\" } }");

        var config = ConfigText.Reader().ReadFile(path);

        Assert.Equal(expected, ((FakeWebhookType.Settings)config.Destinations["crm"].Settings).Secret);
    }

    [Fact]
    public void ReadFile_FileReferenceToNothing_IsAnErrorWithItsPlace()
    {
        var path = Write("p.yaml", "admin:\n  token: ${file:./none}\n");

        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(path));

        Assert.StartsWith($"{path}:2:10: admin.token: the file './none' cannot be read: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFile_Certificate_IsResolvedAndMustExist()
    {
        var certificate = Write("tls.pem", "");
        var path = Write("p.yaml", "gateway: { listen: 'https://127.0.0.1:0', certificate: { file: tls.pem, keyFile: tls.key } }");

        var missing = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(path));
        var key = Write("tls.key", "");
        var config = ConfigText.Reader().ReadFile(path);

        Assert.Equal($"{path}:1:82: gateway.certificate.keyFile: there is no file '{key}'", missing.Message);
        Assert.Equal(new CertificateConfig { File = certificate, KeyFile = key }, config.Gateway.Certificate);
    }

    [Fact]
    public void ReadFile_CertificateWithoutKeyOrHttps_AreBothErrors()
    {
        Write("tls.pem", "");
        var path = Write("p.yaml", "gateway: { certificate: { file: tls.pem } }");

        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Reader().ReadFile(path));

        Assert.Equal(
            [
                $"{path}:1:12: gateway.certificate: the member 'keyFile' is missing",
                $"{path}:1:12: gateway.certificate: not used, because listen is http; write https there, or remove the certificate",
            ],
            exception.Errors.Select(error => error.ToString()));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
