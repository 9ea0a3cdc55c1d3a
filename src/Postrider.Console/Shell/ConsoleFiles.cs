using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Postrider.WebConsole.Shell;

/// <summary>
/// The scripts and styles of the console, from inside of this assembly. A file's address holds a hash of its content, so browsers keep it for ever;
/// it is read and compressed when it is first asked for.
/// </summary>
public sealed class ConsoleFiles
{
    private const string Folder = "/_content/Postrider.Console/";
    private const int HashLetters = 12;

    private static readonly (string Name, string Type)[] Names =
    [
        ("MudBlazor.min.css", "text/css; charset=utf-8"), ("mud-theme.css", "text/css; charset=utf-8"), ("console.css", "text/css; charset=utf-8"),
        ("MudBlazor.min.js", "text/javascript; charset=utf-8"), ("blazor.web.js", "text/javascript; charset=utf-8"),
        ("console.js", "text/javascript; charset=utf-8"), ("favicon.svg", "image/svg+xml"),
    ];

    private readonly FrozenDictionary<string, Lazy<ConsoleFile>> _files =
        Names.ToFrozenDictionary(file => file.Name, file => new Lazy<ConsoleFile>(() => Read(file.Name, file.Type)), StringComparer.Ordinal);

    /// <summary>A file's address.</summary>
    public string Url(string name) => $"{Folder}{_files[name].Value.Hash}/{name}";

    internal void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Folder + "{hash}/{name}", [HttpMethods.Get, HttpMethods.Head], ServeAsync);

    private static ConsoleFile Read(string name, string type)
    {
        using var stream = typeof(ConsoleFiles).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new ConsoleFile(type, Convert.ToHexStringLower(SHA256.HashData(bytes))[..HashLetters], bytes);
    }

    private Task ServeAsync(HttpContext context)
    {
        var response = context.Response;
        if (!_files.TryGetValue((string)context.Request.RouteValues["name"]!, out var known)
            || known.Value is not { } file
            || file.Hash != (string)context.Request.RouteValues["hash"]!)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        response.ContentType = file.Type;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.Vary = "Accept-Encoding";
        var accepted = context.Request.Headers.AcceptEncoding.ToString();
        var body = file.Bytes;
        if (accepted.Contains("br", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "br";
            body = file.Brotli.Value;
        }
        else if (accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "gzip";
            body = file.Gzip.Value;
        }

        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }

    private sealed class ConsoleFile(string type, string hash, byte[] bytes)
    {
        public string Type { get; } = type;

        public string Hash { get; } = hash;

        public byte[] Bytes { get; } = bytes;

        public Lazy<byte[]> Brotli { get; } = new(() => Pack(bytes, stream => new BrotliStream(stream, CompressionLevel.Optimal)));

        public Lazy<byte[]> Gzip { get; } = new(() => Pack(bytes, stream => new GZipStream(stream, CompressionLevel.Optimal)));

        private static byte[] Pack(byte[] bytes, Func<Stream, Stream> open)
        {
            using var packed = new MemoryStream();
            using (var packing = open(packed))
            {
                packing.Write(bytes);
            }

            return packed.ToArray();
        }
    }
}
