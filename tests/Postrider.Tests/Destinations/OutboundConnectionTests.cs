using System.Text.RegularExpressions;

namespace Postrider.Tests.Destinations;

/// <summary>Every outbound connection passes the address guard: no other file may open one.</summary>
public sealed partial class OutboundConnectionTests
{
    // Path in the repository, and why it may.
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["src/Postrider/Destinations/Http/GuardedConnectionFactory.cs"] = "It is the guard.",
        ["src/Postrider/Destinations/MongoDb/MongoDbConnection.cs"] = "A database is where the configuration says, mostly in a private network; clients choose no part of its address.",
        ["src/Postrider/RedisCopyPlace.cs"] = "A log to copy is where the person at the keyboard says.",
        ["src/Postrider/Log/Redis/"] = "The log is where the configuration says, mostly in a private network.",
        ["src/Postrider.Console/Sources/Snippet.cs"] = "Text for people to copy into programs of their own.",
        ["src/Postrider.Server/Cli/"] = "Verbs talk to the admin API that the person at the keyboard named.",
    };

    private static readonly string[] Folders = ["src", "examples"];

    [Fact]
    public void Source_OutsideTheGuard_OpensNoConnection()
    {
        var root = Root();
        var files = Folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(file => (Path: Path.GetRelativePath(root, file).Replace('\\', '/'), File: file))
            .Where(file => !file.Path.Contains("/obj/", StringComparison.Ordinal) && !file.Path.Contains("/bin/", StringComparison.Ordinal))
            .ToArray();

        var found = files
            .Where(file => !Allowed.Keys.Any(allowed => file.Path.StartsWith(allowed, StringComparison.Ordinal)))
            .SelectMany(file => Offences(File.ReadAllText(file.File)).Select(offence => $"{file.Path}: {offence}"))
            .ToArray();

        Assert.True(files.Length > 20, "The scan found no source.");
        Assert.Contains(files, file => file.Path.StartsWith("examples/", StringComparison.Ordinal));
        Assert.All(Allowed.Keys, allowed => Assert.Contains(files, file => file.Path.StartsWith(allowed, StringComparison.Ordinal)));
        Assert.True(found.Length == 0, $"Take a handler from GuardedConnectionFactory.CreateHandler instead of:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData("var client = new HttpClient();")]
    [InlineData("SocketsHttpHandler handler = new();")]
    [InlineData("new System.Net.Http.HttpClientHandler()")]
    [InlineData("using var web = new WebClient();")]
    [InlineData("var tcp = new TcpClient(host, 80);")]
    [InlineData("var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);")]
    [InlineData("services.AddHttpClient();")]
    [InlineData("await socket.ConnectAsync(endPoint);")]
    [InlineData("WebRequest.Create(url)")]
    [InlineData("var socket = new ClientWebSocket();")]
    [InlineData("return new MongoClient(settings);")]
    [InlineData("IMongoClient client = new MongoDB.Driver.MongoClient(url);")]
    public void Offences_OpeningAConnection_AreSeen(string line) => Assert.NotEmpty(Offences(line));

    [Theory]
    [InlineData("// an HttpClient would do")]
    [InlineData("/// <summary>Not HttpClient.</summary>")]
    [InlineData("var invoker = new HttpMessageInvoker(connections.CreateHandler(1, timeout));")]
    [InlineData("""var url = "https://example.com"; var x = 1;""")]
    public void Offences_Harmless_AreNone(string line) => Assert.Empty(Offences(line));

    private static IEnumerable<string> Offences(string source) => Forbidden().Matches(Comment().Replace(source, "")).Select(match => match.Value);

    [GeneratedRegex(@"\b(HttpClient|SocketsHttpHandler|HttpClientHandler|WebClient|TcpClient|UdpClient|ClientWebSocket|HttpWebRequest|WebRequest|AddHttpClient|IHttpClientFactory|MongoClient)\b|\bnew Socket\(|\.ConnectAsync\(|\.Connect\(")]
    private static partial Regex Forbidden();

    // Whole-line comments only: a // within a string is a URL.
    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Postrider.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Postrider.slnx is in no folder above the tests.");
    }
}
