using System.Text;

namespace Postrider.Configuration;

/// <summary>
/// Reads a configuration from YAML: one file, strictly, every mistake at once. Knows the types of destinations only
/// through their validators. Safe to use from several threads, and again for each reload.
/// </summary>
public sealed class YamlConfigReader
{
    private const int MaxBytes = 1 << 20;

    private readonly DestinationTypes _destinationTypes;
    private readonly Func<string, string?> _environment;

    /// <summary>A reader that knows these destination types.</summary>
    /// <param name="destinationTypes">The types that <c>type:</c> may name.</param>
    /// <param name="environment">What <c>${NAME}</c> stands for, null where it is not set. Default: the process's environment.</param>
    /// <exception cref="ArgumentException">Two types have one name, or the settings of one cannot be bound.</exception>
    public YamlConfigReader(IReadOnlyList<IDestinationSettingsValidator> destinationTypes, Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(destinationTypes);
        _destinationTypes = new DestinationTypes(destinationTypes);
        _environment = environment ?? Environment.GetEnvironmentVariable;
    }

    /// <summary>Reads a file. Paths in it are taken from its folder.</summary>
    /// <param name="path">The file, as its user names it; mistakes carry it in this form.</param>
    /// <exception cref="InvalidConfigException">It cannot be read, or cannot be used.</exception>
    public PostriderConfig ReadFile(string path)
    {
        string text;
        string folder;
        try
        {
            var full = Path.GetFullPath(path);
            folder = Path.GetDirectoryName(full) ?? full;
            text = Decode(ReadBounded(full, path), path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable(path, "there is no such file; name the configuration file with --config FILE");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, $"cannot be read: {exception.Message} Name another file with --config FILE, or mend this one.");
        }

        return ReadText(text, path, folder);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="name">What mistakes carry in place of the file's name.</param>
    /// <param name="folder">The folder that paths in it are taken from.</param>
    /// <exception cref="InvalidConfigException">It cannot be used.</exception>
    public PostriderConfig ReadText(string text, string name, string folder)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxBytes)
        {
            throw Unreadable(name, "larger than 1 MiB");
        }

        var root = YamlTree.Load(text, name);
        var errors = new ConfigErrors(name, root);
        var references = new ReferenceExpander(_environment, folder);
        var bound = new ConfigBinder(errors, references, _destinationTypes).Bind(root);
        var config = WithPaths(WithDefaultSource(bound), folder, errors);
        new ConfigValidator(errors).Validate(config);
        errors.ThrowIfAny();
        return config;
    }

    private static byte[] ReadBounded(string full, string path)
    {
        using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[MaxBytes + 1];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count <= MaxBytes ? bytes[..count] : throw Unreadable(path, "larger than 1 MiB");
    }

    private static string Decode(byte[] bytes, string path)
    {
        try
        {
            return StrictUtf8.Decode(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            var line = 1 + bytes.AsSpan(0, Math.Clamp(exception.Index, 0, bytes.Length)).Count((byte)'\n');
            throw new InvalidConfigException([new ConfigError(path, line, 1, "not UTF-8 text; save the file as UTF-8")]);
        }
    }

    // Without sources, everybody who reaches the gateway may publish: what a first try needs.
    private static PostriderConfig WithDefaultSource(PostriderConfig config) => config.Sources.Count > 0 ? config : config with
    {
        Sources = new Dictionary<string, SourceConfig>(StringComparer.Ordinal)
        {
            ["default"] = new SourceConfig { Name = "default", Default = true },
        },
    };

    private static PostriderConfig WithPaths(PostriderConfig config, string folder, ConfigErrors errors)
    {
        var certificate = config.Gateway.Certificate;
        return config with
        {
            Log = config.Log with
            {
                Path = Absolute(config.Log.Path, "log.path"),
                Redis = config.Log.Redis is not { Tls: { } tls } redis ? config.Log.Redis : redis with
                {
                    Tls = tls with
                    {
                        Ca = tls.Ca is null ? null : Absolute(tls.Ca, "log.tls.ca"),
                        Certificate = AbsolutePair(tls.Certificate, "log.tls.certificate"),
                    },
                },
            },
            Admin = config.Admin with { History = Absolute(config.Admin.History, "admin.history") },
            Gateway = config.Gateway with { Certificate = AbsolutePair(certificate, "gateway.certificate") },
        };

        CertificateConfig? AbsolutePair(CertificateConfig? pair, string member) => pair is null ? null : pair with
        {
            File = Absolute(pair.File, $"{member}.file"),
            KeyFile = Absolute(pair.KeyFile, $"{member}.keyFile"),
        };

        string Absolute(string? path, string member)
        {
            // Null stands for a required member that is missing, which is reported already.
            if (path is null)
            {
                return "";
            }

            if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            {
                errors.Add(member, "expected a path");
                return "";
            }

            return Path.GetFullPath(path, folder);
        }
    }

    private static InvalidConfigException Unreadable(string path, string message) => new([new ConfigError(path, 0, 0, message)]);
}
