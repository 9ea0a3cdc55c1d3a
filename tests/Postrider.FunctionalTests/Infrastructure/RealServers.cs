namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>Tests that load the machine with a real server: one after the other, and beside no others, so that they do not measure each other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RealServers
{
    public const string Name = "real servers";
}
