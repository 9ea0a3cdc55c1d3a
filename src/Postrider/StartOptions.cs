using Postrider.Configuration;

namespace Postrider;

/// <summary>What the one who starts the server decides, beside the configuration.</summary>
/// <param name="DeliverFrom">Where delivery begins in a log whose state is lost; null: such a log is refused. Without effect on any other log.</param>
internal sealed record StartOptions(StartFrom? DeliverFrom);
