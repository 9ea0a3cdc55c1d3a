using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Postrider.Configuration;

/// <summary>Which traces are kept.</summary>
public sealed record TracesConfig
{
    /// <summary>Whether there are traces at all. Default true.</summary>
    [Description("Whether there are traces at all.")]
    public bool Enabled { get; init; } = true;

    /// <summary>The share of requests without a trace of the client's own that begin one; where the client sent one, its decision holds. Null: <c>OTEL_TRACES_SAMPLER</c>, or 1.</summary>
    [Description("The share of requests without a traceparent that begin a trace; where the client sent one, its decision holds. Left out: the environment's OTEL_TRACES_SAMPLER, or 1.")]
    [Range(0.0, 1.0)]
    public double? Sample { get; init; }
}
