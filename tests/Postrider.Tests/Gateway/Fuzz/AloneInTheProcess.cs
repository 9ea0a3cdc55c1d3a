namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>These tests measure the memory of the process: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    public const string Name = nameof(AloneInTheProcess);
}
