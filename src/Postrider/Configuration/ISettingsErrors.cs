namespace Postrider.Configuration;

/// <summary>Collects what is wrong with a destination's settings; the reader adds file, line and column.</summary>
public interface ISettingsErrors
{
    /// <summary>Reports a member. For an element of a list or map write <c>headers.X-Name</c> or <c>secrets[1]</c>.</summary>
    void Add(string member, string message);
}
