namespace Postrider.Log.Redis;

/// <summary>A lease that this process took. It ends when another token stands in its place, or when it is released; then it never begins again.</summary>
/// <param name="token">Epoch and a random number: no other lease of the partition has it.</param>
/// <param name="validUntil">As the clock tells.</param>
/// <param name="clock">Milliseconds of a clock that counts suspension.</param>
/// <param name="release">Gives it back.</param>
internal sealed class PartitionLease(string token, long validUntil, Func<long> clock, Func<PartitionLease, Task> release) : IPartitionLease
{
    private readonly TaskCompletionSource _unwanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _validUntil = validUntil;
    private volatile bool _ended;

    public string Token => token;

    public bool IsHeld => true;

    public bool IsValid => !_ended && clock() < Volatile.Read(ref _validUntil);

    public bool IsEnded => _ended;

    public Task Unwanted => _unwanted.Task;

    public bool IsUnwanted => _unwanted.Task.IsCompleted;

    public void Renew(long until) => Volatile.Write(ref _validUntil, until);

    public void Unwant() => _unwanted.TrySetResult();

    public void End() => _ended = true;

    public Task ReleaseAsync() => release(this);
}
