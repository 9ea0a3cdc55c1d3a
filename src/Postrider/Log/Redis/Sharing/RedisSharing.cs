using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>What processes tell each other through Redis: who they are, what is decided, and requests to a partition's owner.</summary>
internal sealed class RedisSharing : ILogSharing, IDisposable
{
    /// <summary>A partition has become free, or a member has come or gone.</summary>
    public const string LeasesNudge = "L";

    /// <summary>Something was decided or asked.</summary>
    public const string BeatNudge = "C";

    /// <summary>A request was answered.</summary>
    public const string AnswerNudge = "A";

    private const long AnswersKept = 60_000;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly RedisConnection _connection;
    private readonly SharingKeys _keys;
    private readonly SharingOptions _options;
    private readonly string _channel;
    private readonly RedisTime _time;
    private readonly SemaphoreSlim _beating = new(1, 1);
    private readonly ConcurrentDictionary<string, bool> _answering = [];
    private volatile IReadOnlyList<LogMember> _members = [];
    private volatile SharedControls _controls = SharedControls.None;
    private volatile MemberDescription _description;
    private volatile TaskCompletionSource _answered = NewSignal();
    private volatile bool _leaving;
    private byte[] _status = [];
    private byte[] _toldStatus = [];
    private Action? _controlsChanged;
    private Func<int, byte[], Task<byte[]?>>? _answer;

    public RedisSharing(RedisConnection connection, RedisLogOptions options, SharingOptions sharing, string member, RedisTime time)
    {
        (_connection, _options, _time, Member) = (connection, sharing, time, member);
        (_keys, _channel) = (new SharingKeys(options.Prefix), options.NudgeChannel);
        _description = new MemberDescription { Takes = sharing.Delivers };
    }

    public string Member { get; }

    public bool Delivers => _options.Delivers;

    public IReadOnlyList<LogMember> Members => _members;

    public IReadOnlyDictionary<string, SharedControl> Controls => _controls.ByDestination;

    /// <summary>Members that take partitions; this one counts while it does, whether or not Redis has heard of it.</summary>
    public int Takers => _members.Count(member => member.Description.Takes && member.Id != Member) + (Delivers && !_leaving ? 1 : 0);

    /// <summary>The partitions that this process owns.</summary>
    public Func<IReadOnlyList<int>> Owned { get; set; } = () => [];

    /// <summary>Takes no more partitions, before this process says that it leaves.</summary>
    public Func<Task> Leaving { get; set; } = () => Task.CompletedTask;

    public void Describe(MemberDescription description) => _description = description;

    public void OnControls(Action changed) => _controlsChanged = changed;

    public void AnswerWith(Func<int, byte[], Task<byte[]?>> answer) => _answer = answer;

    public void Publish(byte[] status) => _status = status;

    public Task RefreshAsync(CancellationToken cancellationToken) => RunAsync(() => BeatAsync(cancellationToken));

    public Task ControlAsync(string destination, DestinationControl control, CancellationToken cancellationToken) =>
        RunAsync(() => DecideAsync(destination + "\0c", JsonSerializer.SerializeToUtf8Bytes(control, SharingJson.Default.DestinationControl), cancellationToken));

    public Task HoldAsync(string destination, DateTimeOffset until, string? reason, CancellationToken cancellationToken) =>
        RunAsync(() => DecideAsync(destination + "\0h", JsonSerializer.SerializeToUtf8Bytes(new SharedHold(until, reason), SharingJson.Default.SharedHold), cancellationToken));

    public async Task<IReadOnlyDictionary<string, byte[]>> ReadStatusesAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await RunAsync(async () =>
        {
            foreach (var entry in await _connection.Database.HashGetAllAsync(_keys.Statuses, CommandFlags.DemandMaster).WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                found[entry.Name!] = (byte[])entry.Value!;
            }
        }).ConfigureAwait(false);
        return found;
    }

    public async Task<byte[]> AskOwnerAsync(int partition, byte[] request, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetHexString(16, lowercase: true);
        byte[]? found = null;
        await RunAsync(async () =>
        {
            await _connection.Database.HashSetAsync(_keys.Requests, id, Prefixed(partition, request)).ConfigureAwait(false);
            await NudgeAsync(BeatNudge).ConfigureAwait(false);
            found = await AwaitAnswerAsync(id, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return found ?? throw new LogUnavailableException(
            $"No router answered for partition {partition} within {_options.AnswerTimeout.TotalSeconds:0} s; nothing was asked of it any more. Is one running?", RetryAfter);
    }

    public async Task LeaveAsync()
    {
        _leaving = true;
        _description = _description with { Takes = false };
        await Leaving().ConfigureAwait(false);
        try
        {
            await BeatAsync(CancellationToken.None).ConfigureAwait(false);
            await NudgeAsync(LeasesNudge).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            // The others take it for dead once its lease would be over.
        }
    }

    /// <summary>Says good-bye: the log closes.</summary>
    public async Task EndAsync()
    {
        _leaving = true;
        try
        {
            await _connection.RunAsync(RedisScripts.Beat, Keys, [Member, LivesMilliseconds, "", "", _controls.Version, AnswersKept]).ConfigureAwait(false);
            await NudgeAsync(LeasesNudge).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
        }
    }

    public void Dispose() => _beating.Dispose();

    /// <summary>Tells, and hears what the others told.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await _beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool asked;
        try
        {
            var told = JsonSerializer.SerializeToUtf8Bytes(_description with { Partitions = Owned() }, SharingJson.Default.MemberDescription);
            var status = _status;
            RedisValue news = status.AsSpan().SequenceEqual(_toldStatus) && _members.Any(member => member.Id == Member) ? RedisValue.EmptyString : status;
            var sent = _time.GetTimestamp();
            var answer = (RedisResult[])(await _connection.RunAsync(
                RedisScripts.Beat, Keys, [Member, LivesMilliseconds, told, news, _controls.Version, AnswersKept]).ConfigureAwait(false))!;
            _time.Saw(long.Parse((string)answer[0]!, NumberStyles.None, CultureInfo.InvariantCulture), _time.GetElapsedTime(sent));
            _toldStatus = status;
            _members = [.. ((RedisResult[])answer[3]!).Chunk(2).Select(pair => ReadMember((string)pair[0]!, (byte[])pair[1]!)).OfType<LogMember>().OrderBy(member => member.Id, StringComparer.Ordinal)];
            asked = (long)answer[2] > 0;
            await HearControlsAsync((string)answer[1]!, answer[4], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _beating.Release();
        }

        if (asked && _answer is not null && Owned().Count > 0)
        {
            await AnswerAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Wakes the other processes. Where the channel is refused they look within a second all the same.</summary>
    public async Task NudgeAsync(string nudge)
    {
        try
        {
            await _connection.Subscriber.PublishAsync(RedisChannel.Literal(_channel), nudge).ConfigureAwait(false);
        }
        catch (RedisException)
        {
        }
    }

    /// <summary>Somebody answered a request.</summary>
    public void OnAnswered() => Interlocked.Exchange(ref _answered!, NewSignal()).TrySetResult();

    private RedisKey[] Keys => [_keys.Members, _keys.Statuses, _keys.Controls, _keys.Requests, _keys.Answers];

    private long LivesMilliseconds => (long)_options.Lease.TotalMilliseconds;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static byte[] Prefixed(long number, ReadOnlySpan<byte> bytes) => [.. System.Text.Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), (byte)' ', .. bytes];

    private static (long Number, byte[] Bytes) Parse(byte[] prefixed)
    {
        var blank = Array.IndexOf(prefixed, (byte)' ');
        return (long.Parse(prefixed.AsSpan(0, blank), NumberStyles.None, CultureInfo.InvariantCulture), prefixed[(blank + 1)..]);
    }

    // One that a newer version wrote so that it cannot be read is no member to this one.
    private static LogMember? ReadMember(string id, byte[] told)
    {
        var (seen, bytes) = Parse(told);
        try
        {
            return JsonSerializer.Deserialize(bytes, SharingJson.Default.MemberDescription) is { } description
                ? new LogMember(id, DateTimeOffset.FromUnixTimeMilliseconds(seen), description)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task RunAsync(Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }
    }

    private async Task DecideAsync(string field, byte[] value, CancellationToken cancellationToken)
    {
        await _connection.RunAsync(RedisScripts.Control, [_keys.Controls], [field, value, _channel, BeatNudge]).WaitAsync(cancellationToken).ConfigureAwait(false);
        await BeatAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task HearControlsAsync(string version, RedisResult found, CancellationToken cancellationToken)
    {
        if (found.IsNull)
        {
            return;
        }

        var known = _controls;
        if (version == "0" && known.Version != "0")
        {
            // Redis was emptied: what operators decided outlives that.
            foreach (var (name, control) in known.ByDestination)
            {
                if (control.Control is { } decided && decided != DestinationControl.None)
                {
                    var value = JsonSerializer.SerializeToUtf8Bytes(decided, SharingJson.Default.DestinationControl);
                    await _connection.RunAsync(RedisScripts.Control, [_keys.Controls], [name + "\0c", value, _channel, BeatNudge]).WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            _controls = known with { Version = "0" };
            return;
        }

        _controls = SharedControls.Read(version, (RedisResult[])found!);
        _controlsChanged?.Invoke();
    }

    private async Task<byte[]?> AwaitAnswerAsync(string id, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        try
        {
            while (_time.GetElapsedTime(began) < _options.AnswerTimeout)
            {
                var signal = _answered.Task;
                if ((byte[]?)await _connection.Database.HashGetAsync(_keys.Answers, id, CommandFlags.DemandMaster).ConfigureAwait(false) is { } answer)
                {
                    await _connection.Database.HashDeleteAsync(_keys.Answers, id).ConfigureAwait(false);
                    return Parse(answer).Bytes;
                }

                await Task.WhenAny(signal, Task.Delay(Poll, _time, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch
        {
            // Whoever asked is told that it failed: then it must not be done later all the same.
            await _connection.Database.HashDeleteAsync(_keys.Requests, id).ConfigureAwait(false);
            throw;
        }

        await _connection.Database.HashDeleteAsync(_keys.Requests, id).ConfigureAwait(false);
        return null;
    }

    private async Task AnswerAsync()
    {
        var owned = Owned();
        foreach (var entry in await _connection.Database.HashGetAllAsync(_keys.Requests, CommandFlags.DemandMaster).ConfigureAwait(false))
        {
            var (partition, request) = Parse((byte[])entry.Value!);
            string id = entry.Name!;
            if (owned.Contains((int)partition) && _answering.TryAdd(id, true))
            {
                _ = AnswerAsync(id, (int)partition, request);
            }
        }
    }

    private async Task AnswerAsync(string id, int partition, byte[] request)
    {
        try
        {
            if (await _answer!(partition, request).ConfigureAwait(false) is { } answer)
            {
                await _connection.RunAsync(RedisScripts.Answer, [_keys.Requests, _keys.Answers], [id, answer, _channel, AnswerNudge]).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // It stays, and is answered with a later beat, by whoever owns the partition then.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
        finally
        {
            _answering.TryRemove(id, out _);
        }
    }
}
