using System.Text.Json.Serialization;

namespace Postrider.Diagnostics;

/// <summary>How serious a finding is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingLevel>))]
public enum FindingLevel
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>It works, and may not for long, or not as safely as it could.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>It does not work, or must not stay so.</summary>
    [JsonStringEnumMemberName("error")]
    Error,
}
