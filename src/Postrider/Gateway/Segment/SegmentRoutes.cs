using System.Collections.Frozen;

namespace Postrider.Gateway.Segment;

/// <summary>The paths of the Segment and RudderStack APIs, to the letter.</summary>
internal static class SegmentRoutes
{
    private const string SettingsStart = "/v1/projects/";
    private const string SettingsEnd = "/settings";

    private static readonly FrozenDictionary<string, SegmentRoute> Routes = Fixed().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every path; the one that holds a write key with <c>{writeKey}</c> in its place.</summary>
    public static IEnumerable<KeyValuePair<string, SegmentRoute>> All =>
        Routes.Append(new($"{SettingsStart}{{writeKey}}{SettingsEnd}", new SegmentRoute(SegmentService.Settings)));

    /// <summary>Null: the path is none of these.</summary>
    public static SegmentRoute? Find(string path)
    {
        if (Routes.TryGetValue(path, out var route))
        {
            return route;
        }

        return path.Length > SettingsStart.Length + SettingsEnd.Length
            && path.StartsWith(SettingsStart, StringComparison.Ordinal)
            && path.EndsWith(SettingsEnd, StringComparison.Ordinal)
            ? new SegmentRoute(SegmentService.Settings) { WriteKey = path[SettingsStart.Length..^SettingsEnd.Length] }
            : null;
    }

    private static IEnumerable<KeyValuePair<string, SegmentRoute>> Fixed()
    {
        foreach (var type in (string[])["identify", "track", "page", "screen", "group", "alias", "merge"])
        {
            yield return new($"/v1/{type}", new SegmentRoute(SegmentService.Event, type));
        }

        foreach (var path in (string[])["/v1/batch", "/v1/import", "/beacon/v1/batch"])
        {
            yield return new(path, new SegmentRoute(SegmentService.Batch));
        }

        // Segment's browser SDK writes the first letter of the type behind the host that it is given.
        foreach (var type in (string[])["track", "identify", "page", "group", "alias", "screen"])
        {
            yield return new($"/v1/{type[0]}", new SegmentRoute(SegmentService.Event, type, IsShort: true));
            yield return new($"/{type[0]}", new SegmentRoute(SegmentService.Event, type, IsShort: true));
        }

        yield return new("/v1/b", new SegmentRoute(SegmentService.Batch, IsShort: true));
        yield return new("/b", new SegmentRoute(SegmentService.Batch, IsShort: true));
        yield return new("/pixel/v1/track", new SegmentRoute(SegmentService.Pixel, "track"));
        yield return new("/pixel/v1/page", new SegmentRoute(SegmentService.Pixel, "page"));
        yield return new("/sourceConfig", new SegmentRoute(SegmentService.SourceConfig));
        yield return new("/sourceConfig/", new SegmentRoute(SegmentService.SourceConfig));
    }
}
