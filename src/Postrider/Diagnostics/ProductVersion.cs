using System.Reflection;

namespace Postrider.Diagnostics;

/// <summary>The version of this build.</summary>
public static class ProductVersion
{
    /// <summary>As <c>0.1.0</c>, without the commit.</summary>
    public static string Text { get; } = Read();

    private static string Read()
    {
        var text = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        return text.Split('+')[0];
    }
}
