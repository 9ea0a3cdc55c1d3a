using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Postrider.Server.Cli;

/// <summary>Options that several verbs have, so that they read alike.</summary>
internal static class SharedOptions
{
    public const string DefaultConfig = "./postrider.yaml";
    public const string TokenVariable = "POSTRIDER_TOKEN";
    public const string AdminVariable = "POSTRIDER_ADMIN";

    public static Option<string> Config() => new("--config", "-c")
    {
        Description = "The configuration file.",
        HelpName = "FILE",
        DefaultValueFactory = _ => DefaultConfig,
    };

    /// <param name="name">The option.</param>
    /// <param name="description">What is there.</param>
    /// <param name="byDefault">The address where nobody says another.</param>
    /// <param name="variable">The environment's variable that says another; null: none does.</param>
    public static Option<Uri> Address(string name, string description, string byDefault, string? variable = null) => new(name)
    {
        Description = description,
        HelpName = "URL",
        DefaultValueFactory = result => variable is not null && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? ReadAddress(text, result)!
            : new Uri(byDefault),
        CustomParser = result => ReadAddress(result.Tokens[0].Value, result),
    };

    // No default value from the environment: help would print the secret.
    public static Option<string?> Token() => new("--token")
    {
        Description = $"The admin token. Left out: the environment's {TokenVariable}.",
        HelpName = "TOKEN",
    };

    public static Option<bool> Json() => new("--json") { Description = "Prints the server's answer as it is." };

    public static Option<int> Port(string name, string description, int byDefault) => Number(name, description, byDefault, 0, ushort.MaxValue, "PORT");

    public static Option<int> Number(string name, string description, int byDefault, int least, int most, string helpName = "N")
    {
        var option = new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1
                && int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && (value < least || value > most))
            {
                result.AddError($"{name} must be between {least} and {most}.");
            }
        });
        return option;
    }

    public static Option<TimeSpan> Duration(string name, string description, TimeSpan byDefault, TimeSpan least)
    {
        var option = new Option<TimeSpan>(name) { Description = description, HelpName = "DURATION" };
        option.DefaultValueFactory = _ => byDefault;
        option.CustomParser = result =>
        {
            if (Durations.TryParse(result.Tokens[0].Value, out var duration) && duration >= least)
            {
                return duration;
            }

            result.AddError($"{name} must be a duration, as 500ms or 2s, of at least {Durations.Spell(least)}.");
            return default;
        };
        return option;
    }

    private static Uri? ReadAddress(string text, ArgumentResult result)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
        {
            return address;
        }

        result.AddError($"'{text}' is no address: write it as http://127.0.0.1:3000.");
        return null;
    }
}
