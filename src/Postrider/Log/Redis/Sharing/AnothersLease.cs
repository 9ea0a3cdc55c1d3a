namespace Postrider.Log.Redis;

/// <summary>The partition is another process's, or nobody's: this one neither delivers from it nor changes its state.</summary>
internal sealed class AnothersLease : IPartitionLease
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private AnothersLease()
    {
    }

    public static AnothersLease Instance { get; } = new();

    public bool IsHeld => false;

    public bool IsValid => false;

    public Task Unwanted => Never;

    public Task ReleaseAsync() => Task.CompletedTask;
}
