namespace Postrider.Log;

/// <summary>The right of the only process that opens a log: nobody can take it.</summary>
internal sealed class SoleOwnership : IPartitionLease
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private SoleOwnership()
    {
    }

    public static SoleOwnership Instance { get; } = new();

    public bool IsHeld => true;

    public bool IsValid => true;

    public Task Unwanted => Never;

    public Task ReleaseAsync() => Task.CompletedTask;
}
