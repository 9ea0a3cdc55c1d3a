namespace Postrider;

/// <summary>What the doctor's findings are about.</summary>
internal static class DoctorAreas
{
    public const string Configuration = "configuration";
    public const string Secrets = "secrets";
    public const string Port = "port";
    public const string Machine = "machine";
    public const string Disk = "disk";
    public const string Redis = "redis";
    public const string Telemetry = "telemetry";
    public const string Destination = "destination";
}
