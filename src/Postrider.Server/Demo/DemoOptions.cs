namespace Postrider.Server.Demo;

/// <summary>What `demo` was asked for.</summary>
/// <param name="GatewayPort">0 takes a free one, as for the other ports.</param>
/// <param name="AdminPort">The admin listener's.</param>
/// <param name="ReceiversPort">The sample receivers'.</param>
/// <param name="Stop">When to stop by itself; null: on a signal only.</param>
/// <param name="Keep">Whether the folder stays.</param>
internal sealed record DemoOptions(int GatewayPort, int AdminPort, int ReceiversPort, TimeSpan? Stop, bool Keep);
