namespace Postrider.Operations;

/// <summary>The answer of <c>/health/live</c>: that there is one is the news.</summary>
internal sealed record LivenessAnswer(bool Live);
