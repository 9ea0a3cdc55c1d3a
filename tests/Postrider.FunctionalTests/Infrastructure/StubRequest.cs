namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>What a stub was asked.</summary>
internal sealed record StubRequest(string Method, string Path, string Authorization, string Body);
