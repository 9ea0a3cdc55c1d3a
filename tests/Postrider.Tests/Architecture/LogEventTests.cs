using System.Reflection;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Tests.Architecture;

/// <summary>Log ids are a contract with whoever alerts on them; the generator checks them within one class only.</summary>
public sealed class LogEventTests
{
    private static readonly Dictionary<string, int> SampleConstants = new() { ["Opened"] = 1001, ["Refused"] = 2001 };

    [Fact]
    public void Library_EveryMessage_HasItsOwnIdFromItsFoldersBlock()
    {
        var assembly = typeof(LogEvents).Assembly;
        var messages = assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (Method: method, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(each => each.Message is not null)
            .Select(each => new DeclaredMessage(each.Method.DeclaringType!.Namespace ?? "", $"{each.Method.DeclaringType.FullName}.{each.Method.Name}", each.Message!.EventId))
            .ToArray();
        var constants = typeof(LogEvents)
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.IsLiteral)
            .ToDictionary(field => field.Name, field => (int)field.GetRawConstantValue()!);

        var violations = LogEventRules.Violations(messages, constants);

        Assert.NotEmpty(messages);
        Assert.Empty(violations);
    }

    [Fact]
    public void Violations_GoodTable_HasNone() =>
        Assert.Empty(LogEventRules.Violations([new("Postrider.Log.Embedded", "Opened", 1001), new("Postrider.Gateway", "Refused", 2001)], SampleConstants));

    [Fact]
    public void Violations_IdNotInTable_IsSeen() =>
        Assert.Contains(
            LogEventRules.Violations([new("Postrider.Log", "Closed", 1002)], SampleConstants),
            violation => violation.Contains("not in LogEvents", StringComparison.Ordinal));

    [Fact]
    public void Violations_IdOfAnotherFolder_IsSeen() =>
        Assert.Contains(
            LogEventRules.Violations([new("Postrider.Gateway", "Refused", 1001)], SampleConstants),
            violation => violation.Contains("outside its folder's block", StringComparison.Ordinal));

    [Fact]
    public void Violations_IdUsedTwice_IsSeen() =>
        Assert.Contains(
            LogEventRules.Violations([new("Postrider.Log", "Opened", 1001), new("Postrider.Log", "Closed", 1001)], SampleConstants),
            violation => violation.Contains("Opened and Closed", StringComparison.Ordinal));

    [Fact]
    public void Violations_TwoNamesForOneId_IsSeen() =>
        Assert.Contains(
            LogEventRules.Violations([new("Postrider.Log", "Opened", 1001)], new Dictionary<string, int> { ["Opened"] = 1001, ["Closed"] = 1001 }),
            violation => violation.Contains("gives 1001 to", StringComparison.Ordinal));

    [Fact]
    public void Violations_IdWithoutMessage_IsSeen() =>
        Assert.Contains(
            LogEventRules.Violations([new("Postrider.Log", "Opened", 1001)], SampleConstants),
            violation => violation.Contains("belongs to no message", StringComparison.Ordinal));
}
