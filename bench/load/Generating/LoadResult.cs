using Postrider.Load.Measuring;

namespace Postrider.Load.Generating;

/// <summary>What became of a plan. Times are of the monotonic clock, in nanoseconds.</summary>
/// <param name="Start">The first request.</param>
/// <param name="End">The last answer.</param>
/// <param name="Accepted">Requests answered 200.</param>
/// <param name="Refused">Requests answered otherwise.</param>
/// <param name="Broken">Requests whose connection ended before the answer.</param>
/// <param name="Latency">Until the answer: from sending in a closed loop, from the planned moment in an open one.</param>
internal sealed record LoadResult(long Start, long End, long Accepted, long Refused, long Broken, Histogram Latency)
{
    public double Seconds => (End - Start) / 1e9;

    public double PerSecond => Accepted / Seconds;

    /// <summary>A run with refusals or broken connections measured something else.</summary>
    public string Complaint => Refused + Broken == 0 ? "" : $" [{Refused} refused, {Broken} broken]";
}
