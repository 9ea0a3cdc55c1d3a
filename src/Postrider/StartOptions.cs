using Postrider.Configuration;

namespace Postrider;

/// <summary>What the one who starts the server decides, beside the configuration.</summary>
/// <param name="DeliverFrom">Where delivery begins in a log whose state is lost; null: such a log is refused. Without effect on any other log.</param>
/// <param name="Role">What this process does.</param>
internal sealed record StartOptions(StartFrom? DeliverFrom, ServerRole Role = ServerRole.Both)
{
    public bool HasGateway => Role is not ServerRole.Router;
}
