using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

/// <summary>An admin listener that answers each call as a test says, and keeps the calls with their queries.</summary>
internal sealed class AdminStub : IAsyncDisposable
{
    /// <summary>An answer that is none: the connection is cut.</summary>
    public const string CutOff = "-";

    private readonly Dictionary<string, Queue<(int Status, string Body)>> _answers = [];
    private readonly ConcurrentQueue<string> _calls = new();
    private StubServer? _server;

    /// <summary>As <c>GET /api/replays?x=y</c>, with a body behind it.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public static async Task<AdminStub> StartAsync()
    {
        var stub = new AdminStub();
        stub._server = await StubServer.StartAsync(stub.AnswerAsync);
        return stub;
    }

    /// <summary>Says how a call is answered; said again, the later calls. The last answer stays.</summary>
    public AdminStub Answer(string call, string body, int status = 200)
    {
        if (!_answers.TryGetValue(call, out var answers))
        {
            _answers[call] = answers = new Queue<(int Status, string Body)>();
        }

        answers.Enqueue((status, body));
        return this;
    }

    /// <summary>Runs a verb against it, with nobody to ask.</summary>
    public Task<ProcessResult> RunAsync(params string[] arguments) => PostriderProcess.RunAsync([.. arguments, "--admin", _server!.Address.AbsoluteUri]);

    /// <summary>Starts a verb against it.</summary>
    public PostriderProcess Start(params string[] arguments) => PostriderProcess.Start([.. arguments, "--admin", _server!.Address.AbsoluteUri]);

    public string Address => _server!.Address.GetLeftPart(UriPartial.Authority);

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.ToUriComponent();
        _calls.Enqueue($"{context.Request.Method} {path}{WebUtility.UrlDecode(context.Request.QueryString.Value)} {_server?.Requests[^1].Body}".TrimEnd());
        var (status, body) = _answers.TryGetValue($"{context.Request.Method} {path}", out var answers)
            ? answers.Count > 1 ? answers.Dequeue() : answers.Peek()
            : (404, """{"error":"There is nothing here."}""");
        if (body == CutOff)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.StatusCode = status;
        return body.Length == 0 ? Task.CompletedTask : context.Response.WriteAsync(body, context.RequestAborted);
    }
}
