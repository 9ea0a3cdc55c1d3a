using System.Diagnostics;
using Postrider.Load.Measuring;
using Postrider.Load.Sockets;

namespace Postrider.Load.Generating;

/// <summary>One plan's execution, on one thread.</summary>
internal sealed class GeneratorRun(Generator owner, int port, IRequestTemplate template, LoadPlan plan) : IDisposable
{
    private const int TimerToken = -1;
    private const int MostBroken = 1000;
    private static readonly long DrainLimit = TimeSpan.FromSeconds(20).Ticks * 100;

    private readonly GeneratorConnection[] _connections = new GeneratorConnection[owner.Connections];
    private readonly Histogram _latency = new();
    private readonly Epoll _epoll = new();
    private readonly int _timer = Libc.TimerCreate();
    private readonly double _interval = plan.Rate > 0 ? 1e9 / plan.Rate : 0;
    private long _start;
    private long _deadline;
    private long _begun;
    private long _accepted;
    private long _refused;
    private long _broken;
    private long _lastAnswer;
    private int _inFlight;
    private long _plannedDue;

    private bool IsOpenLoop => plan.Rate > 0;

    public LoadResult Execute(CancellationToken cancellationToken)
    {
        Open();
        Loop(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return new LoadResult(_start, _lastAnswer, _accepted, _refused, _broken, _latency);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection?.Dispose();
        }

        _ = Libc.Close(_timer);
        _epoll.Dispose();
    }

    private void Open()
    {
        for (var i = 0; i < _connections.Length; i++)
        {
            _connections[i] = new GeneratorConnection(port);
            _connections[i].Connect();
            _epoll.Watch(_connections[i].Fd, i);
        }

        _epoll.Watch(_timer, TimerToken, edgeTriggered: true);
        _start = Stopwatch.GetTimestamp();
        _lastAnswer = _start;
        _deadline = _start + (plan.Duration.Ticks * 100);
    }

    private void Loop(CancellationToken cancellationToken)
    {
        if (!IsOpenLoop)
        {
            for (var i = 0; i < _connections.Length; i++)
            {
                SendNext(i, Stopwatch.GetTimestamp());
            }
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            var now = Stopwatch.GetTimestamp();
            if (IsOpenLoop)
            {
                SendDue(now);
            }

            if (IsDone(now))
            {
                return;
            }

            var ready = _epoll.Wait(100);
            for (var i = 0; i < ready; i++)
            {
                if (_epoll.Token(i) is >= 0 and var index && SendRest(index))
                {
                    TakeAnswer(index);
                }
            }
        }
    }

    private bool IsDone(long now)
    {
        var sendsMore = now < _deadline && (plan.Count == 0 || _begun < plan.Count);
        return !sendsMore && (_inFlight == 0 || now > _deadline + DrainLimit);
    }

    // Request k is due at start + k intervals and belongs to connection k mod C. A busy connection sends its
    // overdue requests one after the other, each late by its wait: that wait is part of its latency.
    private void SendDue(long now)
    {
        while (_plannedDue < plan.Count && DueAt(_plannedDue) <= now)
        {
            var index = (int)(_plannedDue % _connections.Length);
            _plannedDue++;
            if (!_connections[index].InFlight)
            {
                SendNext(index, now);
            }
        }

        if (_plannedDue < plan.Count)
        {
            Libc.TimerSet(_timer, DueAt(_plannedDue));
        }
    }

    private long DueAt(long request) => _start + (long)(request * _interval);

    private void SendNext(int index, long now)
    {
        var connection = _connections[index];
        var mine = (connection.Begun * _connections.Length) + index;
        if (IsOpenLoop ? mine >= _plannedDue : now >= _deadline || (plan.Count > 0 && _begun >= plan.Count))
        {
            return;
        }

        // A connection's users: index, index + C, index + 2C …
        var usersOfMine = ((owner.Users - 1 - index) / _connections.Length) + 1;
        var user = index + (_connections.Length * (int)(connection.Begun % usersOfMine));
        var sequence = owner.NextSequence(user);
        var due = IsOpenLoop ? DueAt(mine) : now;
        _begun++;
        _inFlight++;
        if (!connection.Send(template.Fill(user, sequence, due), user, sequence, due))
        {
            Reconnect(index);
        }
        else if (connection.HasUnsent)
        {
            _epoll.Change(connection.Fd, index, alsoWritable: true);
        }
    }

    // False when the connection was gone.
    private bool SendRest(int index)
    {
        var connection = _connections[index];
        if (!connection.HasUnsent)
        {
            return true;
        }

        if (!connection.SendRest())
        {
            Reconnect(index);
            return false;
        }

        if (!connection.HasUnsent)
        {
            _epoll.Change(connection.Fd, index, alsoWritable: false);
        }

        return true;
    }

    private void TakeAnswer(int index)
    {
        var connection = _connections[index];
        var status = connection.ReadAnswer();
        if (status == 0)
        {
            return;
        }

        if (status < 0)
        {
            Reconnect(index);
            return;
        }

        var now = Stopwatch.GetTimestamp();
        _inFlight--;
        _lastAnswer = now;
        if (status == 200)
        {
            _accepted++;
            owner.Accept(connection.User, connection.Sequence);
            _latency.Record(now - connection.DueAt);
        }
        else
        {
            _refused++;
        }

        // Answered before it was whole: the server will not read the rest.
        if (connection.HasUnsent)
        {
            Reconnect(index);
            return;
        }

        SendNext(index, now);
    }

    // A server that is gone refuses the new connection, and that ends the run with an exception.
    private void Reconnect(int index)
    {
        if (_connections[index].InFlight)
        {
            _inFlight--;
            if (++_broken > MostBroken)
            {
                throw new InvalidOperationException($"The server closes its connections: {MostBroken} requests were cut off.");
            }
        }

        _epoll.Forget(_connections[index].Fd);
        _connections[index].Connect();
        _epoll.Watch(_connections[index].Fd, index);
        SendNext(index, Stopwatch.GetTimestamp());
    }
}
