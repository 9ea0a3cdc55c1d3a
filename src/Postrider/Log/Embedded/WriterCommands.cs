using System.Collections.Concurrent;

namespace Postrider.Log.Embedded;

/// <summary>What the log's writer does between two batches, on its own thread.</summary>
internal sealed class WriterCommands(SegmentWriter writer)
{
    private readonly ConcurrentQueue<Action> _commands = new();

    public bool IsEmpty => _commands.IsEmpty;

    /// <summary>The task ends when the command has run. An error of the disk is its caller's; any other ends the writer.</summary>
    public Task<T> Enqueue<T>(Func<SegmentWriter, T> command)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() =>
        {
            try
            {
                done.SetResult(command(writer));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>On the writer's thread.</summary>
    public void Run()
    {
        while (_commands.TryDequeue(out var command))
        {
            command();
        }
    }
}
