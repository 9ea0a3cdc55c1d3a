namespace Postrider.Configuration;

/// <summary>Checks what the types cannot say. Members that were found wrong before have their defaults here, or null if required.</summary>
internal sealed class ConfigValidator(ConfigErrors errors)
{
    public void Validate(PostriderConfig config)
    {
        new ListenerValidator(errors).Validate(config);
        ValidateSizes(config);
        for (var i = 0; i < config.Gateway.TrustedProxies.Count; i++)
        {
            Require($"gateway.trustedProxies[{i}]", AddressRange.TryParse(config.Gateway.TrustedProxies[i], out _), "expected an address such as 127.0.0.1, or a range such as 10.0.0.0/8");
        }

        ValidateLog(config.Log);
        Require("delivery.handoverTimeout", config.Delivery.HandoverTimeout <= TimeSpan.FromHours(1), "must be at most 1h");
        Require("delivery.shutdownTimeout", config.Delivery.ShutdownTimeout <= TimeSpan.FromHours(1), "must be at most 1h");
        new TelemetryValidator(errors).Validate(config.Telemetry);
        new SourceValidator(errors).Validate(config.Sources);
        foreach (var (name, destination) in config.Destinations)
        {
            ValidateDestination($"destinations.{name}", destination);
        }

        ValidateConnections(config);
    }

    private void ValidateSizes(PostriderConfig config)
    {
        var body = config.Gateway.MaxBodySize;
        var isBodySane = body.Bytes is >= 1 << 10 and <= 64 << 20;
        Require("gateway.maxBodySize", isBodySane, "must be between 1KiB and 64MiB");
        if (isBodySane)
        {
            RequirePair("gateway.maxReceiving", "gateway.maxBodySize", config.Gateway.MaxReceiving.Bytes >= body.Bytes,
                $"maxReceiving ({config.Gateway.MaxReceiving}) must be at least maxBodySize ({body}), or no large body is ever received");
            RequirePair("delivery.maxInMemory", "gateway.maxBodySize", config.Delivery.MaxInMemory.Bytes >= body.Bytes,
                $"delivery.maxInMemory ({config.Delivery.MaxInMemory}) must be at least gateway.maxBodySize ({body}), or a large event is never delivered");
        }
    }

    private void ValidateLog(LogConfig log)
    {
        if (log.Redis is { } redis)
        {
            new RedisLogValidator(errors).Validate(redis);
            return;
        }

        var isSegmentSane = log.SegmentSize.Bytes is >= 64 << 10 and <= 1 << 30;
        Require("log.segmentSize", isSegmentSane, "must be between 64KiB and 1GiB");
        Require("log.maxLinger", log.MaxLinger <= TimeSpan.FromSeconds(1), "must be at most 1s: every answer may wait for so long");
        Require("log.maxRepeatMemory", log.MaxRepeatMemory.Bytes is >= 64 << 10 and <= 16L << 30, "must be between 64KiB and 16GiB");
        if (log.MaxSize is { } maxSize && isSegmentSane)
        {
            RequirePair("log.maxSize", "log.segmentSize", maxSize.Bytes >= 2 * log.SegmentSize.Bytes,
                $"maxSize ({maxSize}) must be at least twice segmentSize ({log.SegmentSize}), because space is given back a segment at a time");
        }
    }

    private void ValidateDestination(string path, DestinationConfig destination)
    {
        Require($"{path}.timeout", destination.Timeout > TimeSpan.Zero && destination.Timeout <= TimeSpan.FromDays(1), "must be more than 0s and at most 1d");
        Require($"{path}.backlog.maxAge", destination.Backlog.MaxAge is null || destination.Backlog.MaxAge > TimeSpan.Zero, "must be more than 0s");
        Require($"{path}.backlog.maxSize", destination.Backlog.MaxSize is null || destination.Backlog.MaxSize.Value.Bytes > 0, "must be more than 0 bytes");
        var retry = destination.Retry;
        var isInitialSane = retry.Initial > TimeSpan.Zero;
        var isMaxSane = retry.Max > TimeSpan.Zero && retry.Max <= TimeSpan.FromDays(30);
        Require($"{path}.retry.initial", isInitialSane, "must be more than 0s");
        Require($"{path}.retry.max", isMaxSane, "must be more than 0s and at most 30d");
        if (isInitialSane && isMaxSane)
        {
            RequirePair($"{path}.retry.initial", $"{path}.retry.max", retry.Initial <= retry.Max,
                $"initial ({Duration.Format(retry.Initial)}) must be at most max ({Duration.Format(retry.Max)})");
        }

        for (var i = 0; i < destination.Alias.Count; i++)
        {
            Require($"{path}.alias[{i}]", destination.Alias[i].Length is > 0 and <= 128 && !destination.Alias[i].Any(char.IsControl) && destination.Alias[i] == destination.Alias[i].Trim(),
                "expected a name of 1 to 128 characters without spaces around it");
        }

        for (var i = 0; i < destination.RejectOn.Count; i++)
        {
            Require($"{path}.rejectOn[{i}]", !destination.RetryOn.Contains(destination.RejectOn[i]), $"{destination.RejectOn[i]} is also in retryOn; leave it in one of them");
        }
    }

    private void ValidateConnections(PostriderConfig config)
    {
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < (config.Connections?.Count ?? 0); i++)
        {
            var (from, to) = (config.Connections![i].From, config.Connections[i].To);
            var path = $"connections[{i}]";
            // What is there but wrong is not unknown.
            if (from is not null && !config.Sources.ContainsKey(from) && !errors.Has("sources") && !errors.Has($"sources.{from}"))
            {
                errors.Add($"{path}.from", $"unknown source '{from}'{NearestName.Hint(from, config.Sources.Keys)}");
            }

            if (to is not null && !config.Destinations.ContainsKey(to) && !errors.Has("destinations") && !errors.Has($"destinations.{to}"))
            {
                errors.Add($"{path}.to", $"unknown destination '{to}'{NearestName.Hint(to, config.Destinations.Keys)}");
            }

            if (from is not null && to is not null && !seen.Add((from, to)))
            {
                errors.Add(path, $"'{from}' to '{to}' is connected already; remove this line");
            }
        }
    }

    private void Require(string path, bool condition, string message)
    {
        if (!condition && !errors.Has(path))
        {
            errors.Add(path, message);
        }
    }

    private void RequirePair(string path, string other, bool condition, string message)
    {
        if (!condition && !errors.Has(path) && !errors.Has(other))
        {
            errors.Add(errors.Written(path, other), message);
        }
    }
}
