namespace Postrider.FunctionalTests.Clients;

/// <summary>What happens to a request on its way.</summary>
internal enum LineFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is answered 503 on the way.</summary>
    Unavailable,

    /// <summary>Nobody is there.</summary>
    Dead,

    /// <summary>It arrives, and its answer does not.</summary>
    AnswerLost,
}
