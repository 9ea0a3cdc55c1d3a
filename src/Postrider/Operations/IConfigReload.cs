namespace Postrider.Operations;

/// <summary>Reads the configuration file again and puts it in force, if it is good as a whole.</summary>
public interface IConfigReload
{
    /// <summary>
    /// Reads the file again. Calls do not overlap: a second one waits for the first. Where the log cannot be asked now, the reload waits until
    /// it can.
    /// </summary>
    /// <param name="cancellationToken">Ends the waits. What has begun goes on to its end.</param>
    /// <returns>What is wrong with the file, one line each; nothing has changed then. Empty: the new configuration is in force.</returns>
    Task<IReadOnlyList<string>> ReloadAsync(CancellationToken cancellationToken);
}
