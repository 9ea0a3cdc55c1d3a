using Postrider.Log;
using Postrider.Log.Redis;

namespace Postrider.Tests.Log.Redis;

/// <summary>What is wrong with one of several servers concerns its partitions, and the condition says which.</summary>
public sealed class RedisHealthTests
{
    private const int Partitions = 4;

    private readonly RedisHealth _health = new(Partitions);

    [Fact]
    public void Refuse_OneOfSeveralServersFailed_IsForItsPartitionsOnly()
    {
        Place();

        Assert.True(_health.SetServerFailed("b:1", "appendonly is no"));

        Assert.Equal([false, true, false, true], Refused());
        Assert.Equal(new LogCondition(LogState.Partial, "Partitions 1, 3 of 4 take no events now; the others go on. appendonly is no"), _health.Condition);
        Assert.True(_health.HasFailed);
    }

    [Fact]
    public void Refuse_ServerWithoutPlaces_IsForAll()
    {
        _health.SetServerFailed("a:1", "appendonly is no");

        Assert.Equal([true, true, true, true], Refused());
        Assert.Equal(new LogCondition(LogState.Failed, "appendonly is no"), _health.Condition);
    }

    [Fact]
    public void KeepServers_FailedServerIsNoMasterAnyMore_IsForgotten()
    {
        _health.SetServerFailed("old:1", "0 replicas are connected");
        _health.SetFull("old:1", "it is full");

        _health.KeepServers(["new:1"]);

        Assert.Equal(LogCondition.Ready, _health.Condition);
        Assert.Equal([false, false, false, false], Refused());
    }

    [Fact]
    public void SetUnreachable_SomeThenAllThenNone_IsPartialUnreachableReadyAndRefusesNothing()
    {
        Place();

        Assert.True(_health.SetUnreachable(number => number == 2 ? "it does not answer" : null));
        Assert.Equal(new LogCondition(LogState.Partial, "Partition 2 of 4 takes no events now; the others go on. it does not answer"), _health.Condition);
        Assert.True(_health.SetUnreachable("nobody answers"));
        Assert.Equal(LogState.Unreachable, _health.Condition.State);
        Assert.False(_health.SetUnreachable("still nobody"));
        Assert.Contains("nobody answers", _health.Condition.Reason, StringComparison.Ordinal);

        Assert.Equal([false, false, false, false], Refused());
        Assert.True(_health.SetUnreachable((string?)null));
        Assert.Equal(LogCondition.Ready, _health.Condition);
    }

    [Fact]
    public void SetFull_OneOfSeveralServers_RefusesItsPartitionsUntilThereIsRoom()
    {
        Place();
        _health.SetFull("a:1", "it is full");

        Assert.Equal([true, false, true, false], Refused());
        Assert.Equal(LogState.Partial, _health.Condition.State);
        _health.SetFull("b:1", "it is full too");
        Assert.Equal(LogState.Full, _health.Condition.State);

        _health.SetFull("a:1", null);
        _health.SetFull("b:1", null);
        Assert.Equal(LogCondition.Ready, _health.Condition);
    }

    [Fact]
    public void SetApart_ProcessesCannotHearOfEachOther_IsPartialAndRefusesNothing()
    {
        _health.SetApart("It does not answer.");

        Assert.Equal(LogState.Partial, _health.Condition.State);
        Assert.EndsWith("It does not answer.", _health.Condition.Reason, StringComparison.Ordinal);
        Assert.Equal([false, false, false, false], Refused());
    }

    private void Place()
    {
        for (var number = 0; number < Partitions; number++)
        {
            _health.Place(number, number % 2 == 0 ? "a:1" : "b:1");
        }
    }

    private bool[] Refused() => [.. Enumerable.Range(0, Partitions).Select(number => _health.Refuse(number) is not null)];
}
