using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>The connections to <c>state.db</c>: one that writes, fed by a queue, and a few that read what has been committed.</summary>
internal sealed class StateDatabase : IAsyncDisposable
{
    // Saves come ten times a second and are few; a queue this long means that the disk stands still, and callers wait for their turn.
    private const int QueueLength = 256;
    private const int Readers = 4;

    private readonly Channel<Action> _queue = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly SemaphoreSlim _readers = new(Readers, Readers);
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private readonly SqliteConnection _writer;
    private readonly Task _writing;

    private StateDatabase(string path, SqliteConnection writer)
    {
        Path = path;
        _writer = writer;
        _writing = Task.Run(WriteAsync);
    }

    public string Path { get; }

    /// <summary>The file and its write-ahead log, in bytes.</summary>
    public long Bytes => LengthOf(Path) + LengthOf(Path + "-wal");

    /// <summary>Opens the database, brings an older one up to date, makes it where there is none; the other arguments are for that.</summary>
    /// <exception cref="LogUnusableException">Written by a newer version, or no database.</exception>
    public static StateDatabase Open(string path, string logId, long firstPosition, long? beginsAt = null)
    {
        var connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            // Must stand before the first table is made.
            Statement.Execute(connection, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192");
            var version = StateSchema.ReadVersion(connection);
            if (version > StateSchema.Version)
            {
                throw Newer(path, version);
            }

            if (version == 0)
            {
                InTransaction(connection, () =>
                {
                    StateSchema.Create(connection);
                    StateMeta.Initialize(connection, logId, firstPosition, beginsAt);
                });
            }
            else if (version < StateSchema.Version)
            {
                InTransaction(connection, () => StateSchema.Migrate(connection, version));
            }

            return new StateDatabase(path, connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Unreadable(path, e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>What an existing database says of itself; null: there is none, or nothing has been written to it.</summary>
    /// <exception cref="LogUnusableException">Written by a newer version, or no database.</exception>
    public static StateMeta? ReadMeta(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var connection = Connect(path, SqliteOpenMode.ReadWrite);
            var version = StateSchema.ReadVersion(connection);
            return version > StateSchema.Version ? throw Newer(path, version) : version == 0 ? null : StateMeta.Read(connection);
        }
        catch (SqliteException e)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Runs on the writing connection, in one durable transaction.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken) =>
        EnqueueAsync(connection => InTransaction(connection, () => write(connection)), cancellationToken);

    /// <summary>Runs on the writing connection, outside of any transaction.</summary>
    public async Task<T> EnqueueAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _queue.Writer.WriteAsync(() => Complete(done, () => work(_writer)), cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The log is closed.", e);
        }

        // Not cancelled from here on: whether it was saved must not be a guess.
        return await done.Task.ConfigureAwait(false);
    }

    /// <summary>Runs on a reading connection, on another thread.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        await _readers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Read(read), cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw Failure(e);
        }
        finally
        {
            _readers.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        for (var i = 0; i < Readers; i++)
        {
            await _readers.WaitAsync().ConfigureAwait(false);
        }

        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }

        // The last connection to close checkpoints and removes the write-ahead log.
        _writer.Dispose();
        _readers.Dispose();
    }

    private static void InTransaction(SqliteConnection connection, Action work) => InTransaction(connection, () =>
    {
        work();
        return 0;
    });

    private static T InTransaction<T>(SqliteConnection connection, Func<T> work)
    {
        Statement.Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            var result = work();
            Statement.Execute(connection, "COMMIT");
            return result;
        }
        catch
        {
            RollBack(connection);
            throw;
        }
    }

    private static void RollBack(SqliteConnection connection)
    {
        try
        {
            Statement.Execute(connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // A full disk rolls back by itself.
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private static void Complete<T>(TaskCompletionSource<T> done, Func<T> work)
    {
        try
        {
            done.SetResult(work());
        }
        catch (SqliteException e)
        {
            done.SetException(Failure(e));
        }
#pragma warning disable CA1031 // Handed to whoever asked for the work; the queue goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            done.SetException(e);
        }
    }

    private static IOException Failure(SqliteException e) => new($"The log's state could not be used: {e.Message}", e);

    private static LogUnusableException Newer(string path, long version) => new(
        $"{path} was written by a newer Postrider (schema {version}; this one knows {StateSchema.Version}). Run the newer version.");

    private static LogUnusableException Unreadable(string path, SqliteException e) => new(
        $"{path} cannot be read ({e.Message}). Restore it, or move it away and start with --deliver-from oldest or tail.", e);

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        if (!_idle.TryTake(out var connection))
        {
            connection = Connect(Path, SqliteOpenMode.ReadWrite);
            Statement.Execute(connection, "PRAGMA query_only=1; PRAGMA cache_size=-2048");
        }

        try
        {
            return read(connection);
        }
        finally
        {
            _idle.Add(connection);
        }
    }

    private async Task WriteAsync()
    {
        await foreach (var work in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            work();
        }
    }
}
