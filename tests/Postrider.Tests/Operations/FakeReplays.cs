using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Operations;

/// <summary>Replays that only remember what they were asked.</summary>
internal sealed class FakeReplays : IReplays
{
    public List<ReplayRequest> Requests { get; } = [];

    public List<ReplayReport> Reports { get; } = [];

    /// <summary>Destinations whose replays are refused.</summary>
    public HashSet<string> Refusing { get; } = [];

    public HashSet<string> Unknown { get; } = [];

    public Task<ReplayReport?> StartAsync(ReplayRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        if (Refusing.Contains(request.Destination))
        {
            throw new ReplayRefusedException($"'{request.Destination}' has a replay already.");
        }

        if (Unknown.Contains(request.Destination))
        {
            return Task.FromResult<ReplayReport?>(null);
        }

        Reports.Add(new ReplayReport
        {
            Id = $"rpl_{Reports.Count + 1}",
            Destination = request.Destination,
            OfDeadLetters = request.OfDeadLetters,
            Selection = request.Selection,
            Rate = request.Rate,
            State = ReplayState.Running,
            Events = 0,
            Total = 5,
            Part = 0,
            CreatedAt = AdminServer.StartedAt,
        });
        return Task.FromResult<ReplayReport?>(Reports[^1]);
    }

    public Task<IReadOnlyList<ReplayReport>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ReplayReport>>(Reports);

    public Task<ReplayReport?> FindAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Reports.Find(report => report.Id == id));

    public Task<ReplayReport?> CancelAsync(string id, CancellationToken cancellationToken)
    {
        var index = Reports.FindIndex(report => report.Id == id);
        if (index < 0)
        {
            return Task.FromResult<ReplayReport?>(null);
        }

        Reports[index] = Reports[index] with { State = ReplayState.Cancelled, FinishedAt = AdminServer.StartedAt.AddMinutes(1) };
        return Task.FromResult<ReplayReport?>(Reports[index]);
    }
}
