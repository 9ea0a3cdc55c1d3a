using System.Buffers;
using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Postrider.Server.Cli;

/// <summary><c>postrider send</c>: posts an event.</summary>
internal static class SendVerb
{
    public static Command Create()
    {
        var url = SharedOptions.Address("--url", "The gateway.", "http://127.0.0.1:3000");
        var userId = new Option<string>("--user-id", "-u") { Description = "Whose event it is: events of one user keep their order.", HelpName = "ID", Required = true };
        var payload = new Option<string>("--payload", "-p") { Description = Payloads.Forms, HelpName = "JSON", Required = true };
        var destinations = new Option<string?>("--destinations", "-d") { Description = "Only these of the source's destinations, as a,b. Left out: all.", HelpName = "NAMES" };
        var key = new Option<string?>("--key") { Description = "The source's write key. Left out: the default source.", HelpName = "WRITEKEY" };
        var count = SharedOptions.Number("--count", "How often to send it, one after the other.", 1, 1, int.MaxValue);

        var command = new Command("send", "Posts an event to a running server and prints the id it was stored under.") { url, userId, payload, destinations, key, count };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = await Payloads.ReadAsync(parsed.GetRequiredValue(payload), cancellationToken);
            var body = WriteBody(parsed.GetRequiredValue(userId), json, parsed.GetValue(destinations));
            return await SendAsync(parsed.GetRequiredValue(url), body, parsed.GetValue(key), parsed.GetValue(count), cancellationToken);
        });
        return command;
    }

    private static ReadOnlyMemory<byte> WriteBody(string userId, string payload, string? destinations)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("userId", userId);
        writer.WritePropertyName("payload");
        try
        {
            writer.WriteRawValue(payload);
        }
        catch (JsonException exception)
        {
            throw new CliException($"--payload is no JSON: {exception.Message} A text needs its own quotes, as in '\"hello\"'.", ExitCodes.BadUsage);
        }

        if (destinations is not null)
        {
            writer.WriteStartArray("destinations");
            foreach (var name in destinations.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static async Task<int> SendAsync(Uri url, ReadOnlyMemory<byte> body, string? key, int count, CancellationToken cancellationToken)
    {
        var target = new Uri(new Uri(url.AbsoluteUri.TrimEnd('/') + "/"), "publish");
        using var client = LocalHttp.Create(url);
        if (key is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(key + ":")));
        }

        for (var stored = 0; stored < count; stored++)
        {
            var progress = count > 1 ? $" {stored} of {count} events are stored." : "";
            try
            {
                using var content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                using var response = await client.PostAsync(target, content, cancellationToken);
                await TellAsync(response, progress, cancellationToken);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                throw new CliException(LocalHttp.Unreachable(url, exception).Message + progress);
            }
        }

        return ExitCodes.Done;
    }

    private static async Task TellAsync(HttpResponseMessage response, string progress, CancellationToken cancellationToken)
    {
        if (response.StatusCode is HttpStatusCode.OK)
        {
            Console.WriteLine(response.Headers.TryGetValues("Postrider-Event-Id", out var ids) ? ids.First() : "stored, but the answer names no id");
            return;
        }

        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        throw new CliException($"refused with {(int)response.StatusCode}: {ReadMessage(text)}.{progress}");
    }

    private static string ReadMessage(string text)
    {
        try
        {
            using var answer = JsonDocument.Parse(text);
            return answer.RootElement.GetProperty("message").GetString()!.TrimEnd('.');
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or NullReferenceException)
        {
            return text.Length == 0 ? "no message" : text.ReplaceLineEndings(" ")[..Math.Min(text.Length, 300)];
        }
    }
}
