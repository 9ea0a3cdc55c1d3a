using System.Diagnostics.CodeAnalysis;

namespace Postrider;

/// <summary>What the command line of a host of one's own may say.</summary>
/// <param name="Verb"><c>run</c> or <c>check</c>.</param>
/// <param name="ConfigFile">The configuration file.</param>
/// <param name="DeliverFrom">Where delivery begins in a log whose progress is lost: <c>oldest</c> or <c>tail</c>; null: such a log is refused.</param>
/// <param name="Role">What the process does.</param>
internal sealed record HostArguments(string Verb, string ConfigFile, string? DeliverFrom, ServerRole Role = ServerRole.Both)
{
    public const string Usage = """
        usage: run   [--config FILE] [--role both|gateway|router] [--deliver-from oldest|tail]
                                                                    runs the server until SIGTERM or Ctrl-C; SIGHUP reads the file again
               check [--config FILE]                                checks the configuration: prints every mistake with its line
        FILE is ./postrider.yaml where none is named.
        """;

    public static bool TryParse(IReadOnlyList<string> arguments, [NotNullWhen(true)] out HostArguments? parsed)
    {
        parsed = arguments is ["run" or "check", ..] ? new HostArguments(arguments[0], "./postrider.yaml", null) : null;
        for (var i = 1; i < arguments.Count && parsed is not null; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            parsed = (arguments[i], value) switch
            {
                ("--config" or "-c", not null) => parsed with { ConfigFile = value },
                ("--deliver-from", "oldest" or "tail") when parsed.Verb == "run" => parsed with { DeliverFrom = value },
                ("--role", "both" or "gateway" or "router") when parsed.Verb == "run" => parsed with { Role = Enum.Parse<ServerRole>(value, ignoreCase: true) },
                _ => null,
            };
        }

        return parsed is not null;
    }
}
