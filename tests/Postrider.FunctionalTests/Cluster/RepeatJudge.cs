using System.Diagnostics;
using System.Globalization;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>
/// P6: each repeat needs a fault that explains it, and one fault explains an event only as often as it can have come again because of it. So
/// a fault costs at most what its router had in flight or delivered since its last save, once. Where the machine was so busy that a router did not
/// get to an answer before the attempt's deadline, the router's own log must say so.
/// </summary>
internal sealed class RepeatJudge(IReadOnlyList<ClusterFault> faults, DeadlineLog deadlines)
{
    private int _late;

    private readonly Dictionary<(ClusterFault Fault, string Event), int> _used = [];
    private readonly Dictionary<ClusterFault, int> _explained = [];

    /// <summary>The repeats that no fault explains.</summary>
    public IReadOnlyList<string> Judge(IEnumerable<UserHistory.Repeat> repeats)
    {
        var found = new List<string>();
        foreach (var repeat in repeats.OrderBy(repeat => repeat.CameAt))
        {
            // The latest first: what came before has had its time.
            if (faults.LastOrDefault(fault => fault.Explains(repeat) && _used.GetValueOrDefault((fault, repeat.Name)) < fault.MostOfAnEvent) is { } fault)
            {
                _used[(fault, repeat.Name)] = _used.GetValueOrDefault((fault, repeat.Name)) + 1;
                _explained[fault] = _explained.GetValueOrDefault(fault) + 1;
            }
            else if (deadlines.Missed(repeat.Id, repeat.Webhook, repeat.Settled.Attempt))
            {
                _late++;
            }
            else
            {
                found.Add($"P6: {repeat.Name} came again from {repeat.Path}, {Stopwatch.GetElapsedTime(repeat.SettledAt, repeat.CameAt).TotalMilliseconds:0} ms after {repeat.Settled.Path} had delivered it, without a fault that explains it. {Near(repeat)}");
            }
        }

        return found;
    }

    /// <summary>How many repeats each kind of fault explains, and the most that one did.</summary>
    public string Describe() => string.Join(", ", faults.GroupBy(fault => fault.Kind).OrderBy(kind => kind.Key).Select(kind => string.Create(
        CultureInfo.InvariantCulture,
        $"{kind.Count()} × {kind.Key} → {kind.Sum(fault => _explained.GetValueOrDefault(fault))} (at most {kind.Max(fault => _explained.GetValueOrDefault(fault))})")).Append(string.Create(CultureInfo.InvariantCulture, $"answers behind a deadline → {_late}")));

    private string Near(UserHistory.Repeat repeat) => "Before it came: " + string.Join("; ", faults.Where(fault => fault.Began <= repeat.CameAt).TakeLast(3).Select(fault => string.Create(
        CultureInfo.InvariantCulture,
        $"{fault.Kind} {fault.Router} from {Milliseconds(repeat.SettledAt, fault.Began):0} to {Milliseconds(repeat.SettledAt, fault.Ended):0} ms after it was settled, unsaved {fault.Unsaved.TotalMilliseconds:0} ms")));

    private static double Milliseconds(long from, long to) => (to - from) * 1000.0 / Stopwatch.Frequency;
}
