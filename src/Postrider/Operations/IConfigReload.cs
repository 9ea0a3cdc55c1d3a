namespace Postrider.Operations;

/// <summary>Reads the configuration file again and puts it in force, if it is good as a whole.</summary>
public interface IConfigReload
{
    /// <summary>Reads the file again. Calls do not overlap: a second one waits for the first.</summary>
    /// <returns>What is wrong with the file, one line each; nothing has changed then. Empty: the new configuration is in force.</returns>
    Task<IReadOnlyList<string>> ReloadAsync(CancellationToken cancellationToken);
}
