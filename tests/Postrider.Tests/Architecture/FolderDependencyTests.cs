using System.Xml.Linq;

namespace Postrider.Tests.Architecture;

/// <summary>Folders point one way. The rules read source text, so each is shown here to see what it is there to see.</summary>
public sealed class FolderDependencyTests
{
    private static readonly string[] SampleFiles =
    [
        "PostriderBuilder.cs", "Events/Event.cs", "Log/IEventLog.cs", "Log/Embedded/EmbeddedLog.cs", "Log/Redis/RedisLog.cs",
        "Delivery/Dispatcher.cs", "Destinations/IDestination.cs", "Destinations/Webhook/WebhookDestination.cs", "Destinations/Http/AddressGuard.cs",
        "Gateway/PublishEndpoint.cs",
    ];

    [Fact]
    public void Library_EveryFile_ImportsOnlyWhatItsFolderMay()
    {
        var files = Repository.SourceFiles("src", "Postrider").ToArray();
        var rules = new FolderRules(files.Select(file => file.Path));

        var violations = files.SelectMany(file => rules.Violations(file.Path, file.Text)).ToArray();

        Assert.NotEmpty(files);
        Assert.Empty(violations);
    }

    [Fact]
    public void Library_Internals_AreOpenToTestsAndBenchmarksOnly()
    {
        var project = XDocument.Load(Repository.PathOf("src", "Postrider", "Postrider.csproj"));

        var friends = project.Descendants("InternalsVisibleTo").Select(friend => (string?)friend.Attribute("Include")).ToArray();
        var attributes = Repository.SourceFiles("src")
            .Where(file => SourceText.CodeOf(file.Text).Contains("InternalsVisibleTo", StringComparison.Ordinal))
            .Select(file => file.Path);

        Assert.Equal(["Postrider.Benchmarks", "Postrider.FunctionalTests", "Postrider.Tests"], friends.Order());
        Assert.Empty(attributes);
    }

    [Theory]
    [InlineData("Gateway/A.cs", "using Postrider.Delivery;")]
    [InlineData("Gateway/A.cs", "using static Postrider.Delivery.Dispatcher;")]
    [InlineData("Gateway/A.cs", "using Pump = Postrider.Delivery.Dispatcher;")]
    [InlineData("Gateway/A.cs", "class A { Postrider.Delivery.Dispatcher? _pump; }")]
    [InlineData("Gateway/A.cs", "class A { Delivery.Dispatcher? _pump; }")]
    [InlineData("Gateway/A.cs", "class A { global::Postrider.Delivery.Dispatcher? _pump; }")]
    [InlineData("Delivery/A.cs", "using Postrider.Gateway;")]
    [InlineData("Events/A.cs", "using Postrider.Log;")]
    [InlineData("Configuration/A.cs", "using Postrider.Events;")]
    [InlineData("Log/A.cs", "using Postrider.Configuration;")]
    [InlineData("Operations/A.cs", "using Postrider.Destinations;")]
    public void Violations_ForbiddenFolder_IsSeen(string path, string code) => Assert.Single(Violations(path, code));

    [Theory]
    [InlineData("Log/A.cs", "using Postrider.Log.Embedded;")]
    [InlineData("Log/Redis/A.cs", "using Postrider.Log.Embedded;")]
    [InlineData("Delivery/A.cs", "using Postrider.Destinations.Webhook;")]
    [InlineData("Delivery/A.cs", "class A { Destinations.Webhook.WebhookDestination? _it; }")]
    [InlineData("Delivery/A.cs", "using Postrider.Destinations.Http;")]
    [InlineData("Destinations/A.cs", "using Postrider.Destinations.Http;")]
    [InlineData("Destinations/Http/A.cs", "using Postrider.Destinations.Webhook;")]
    public void Violations_ImplementationFolder_IsSeen(string path, string code) => Assert.Single(Violations(path, code));

    [Theory]
    [InlineData("Gateway/A.cs", "using Postrider;")]
    [InlineData("Gateway/A.cs", "class A { PostriderBuilder? _builder; }")]
    [InlineData("Gateway/A.cs", "class A { Postrider.PostriderBuilder? _builder; }")]
    public void Violations_Root_IsSeen(string path, string code) => Assert.NotEmpty(Violations(path, code));

    [Theory]
    [InlineData("Log/A.cs", "using StackExchange.Redis;")]
    [InlineData("Log/Embedded/A.cs", "using StackExchange.Redis;")]
    [InlineData("Delivery/A.cs", "using Microsoft.Data.Sqlite;")]
    [InlineData("Log/Redis/A.cs", "class A { Microsoft.Data.Sqlite.SqliteConnection? _it; }")]
    [InlineData("Destinations/Webhook/A.cs", "using MongoDB.Driver;")]
    [InlineData("Delivery/A.cs", "using Microsoft.AspNetCore.Http;")]
    [InlineData("PostriderBuilder.cs", "using Microsoft.Data.Sqlite;")]
    public void Violations_PackageOfAnotherFolder_IsSeen(string path, string code) => Assert.Single(Violations(path, code));

    [Theory]
    [InlineData("Gateway/A.cs", "global using Postrider.Log;")]
    [InlineData("Common/A.cs", "class A;")]
    public void Violations_GlobalUsingOrUnknownRoom_IsSeen(string path, string code) => Assert.Single(Violations(path, code));

    [Theory]
    [InlineData("Gateway/A.cs", "using Postrider.Log;\nusing Postrider.Events;\nusing Microsoft.AspNetCore.Http;\nnamespace Postrider.Gateway;")]
    [InlineData("Log/Embedded/A.cs", "using Postrider.Log;\nusing Postrider.Events;\nusing Microsoft.Data.Sqlite;\nnamespace Postrider.Log.Embedded;")]
    [InlineData("Log/Redis/A.cs", "using StackExchange.Redis;\nnamespace Postrider.Log.Redis;")]
    [InlineData("Destinations/Webhook/A.cs", "using Postrider.Events;\nnamespace Postrider.Destinations.Webhook;")]
    [InlineData("Destinations/Webhook/A.cs", "using Postrider.Destinations.Http;\nnamespace Postrider.Destinations.Webhook;")]
    [InlineData("PostriderBuilder.cs", "using Postrider.Delivery;\nusing Postrider.Log.Embedded;\nusing Microsoft.AspNetCore.Builder;\nnamespace Postrider;")]
    [InlineData("Gateway/A.cs", "// as Postrider.Delivery does\nclass A { string _s = \"Postrider.Delivery.Dispatcher\"; }")]
    [InlineData("Gateway/A.cs", "class A { void B() => Log.Refused(_logger); static partial class Log { } }")]
    [InlineData("Gateway/A.cs", "class A { string _s = \"\"\"\n  using Postrider.Delivery;\n\"\"\"; }")]
    public void Violations_WhatIsAllowed_PassesSilently(string path, string code) => Assert.Empty(Violations(path, code));

    private static string[] Violations(string path, string code) => [.. new FolderRules(SampleFiles).Violations(path, code)];
}
