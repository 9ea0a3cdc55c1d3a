namespace Postrider.Configuration;

/// <summary>The configuration in force. Readers take <see cref="Current"/> once for each piece of work and never lock.</summary>
public interface IConfigStore
{
    /// <summary>The newest configuration that was good.</summary>
    PostriderConfig Current { get; }
}
