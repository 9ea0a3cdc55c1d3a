namespace Postrider.Gateway;

/// <summary>How far JSON may go.</summary>
internal static class JsonLimits
{
    /// <summary>Levels of an event.</summary>
    public const int MaxDepth = 64;
}
