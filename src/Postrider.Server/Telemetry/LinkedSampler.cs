using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Postrider.Server.Telemetry;

/// <summary>
/// Keeps what its parent keeps; of what has none, what links to a trace that is kept: the retries of an event belong to the story of its request,
/// though their traces are their own. The rest by a share of all.
/// </summary>
internal sealed class LinkedSampler(double share) : Sampler
{
    private readonly ParentBasedSampler _byParent = new(new TraceIdRatioBasedSampler(share));

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        if (samplingParameters.ParentContext.TraceId == default && samplingParameters.Links is { } links)
        {
            var isLinked = false;
            foreach (var link in links)
            {
                isLinked = true;
                if (link.Context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
                {
                    return new SamplingResult(SamplingDecision.RecordAndSample);
                }
            }

            if (isLinked)
            {
                // Its request was not kept, so nobody could follow the link.
                return new SamplingResult(SamplingDecision.Drop);
            }
        }

        return _byParent.ShouldSample(samplingParameters);
    }
}
