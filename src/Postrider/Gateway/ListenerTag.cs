namespace Postrider.Gateway;

/// <summary>Says on each connection, and so on each request, which listener took it: one server serves them all.</summary>
/// <remarks>Found by <c>context.Features.Get&lt;ListenerTag&gt;()</c>; compare by reference.</remarks>
internal sealed class ListenerTag(string name)
{
    public static readonly ListenerTag Gateway = new("gateway");

    public static readonly ListenerTag Admin = new("admin");

    public override string ToString() => name;
}
