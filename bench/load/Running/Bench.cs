using Postrider.Load.Measuring;

namespace Postrider.Load.Running;

/// <summary>What all scenarios share: the options, the place of the server, the folder for data, and the page they print.</summary>
internal sealed class Bench : IDisposable
{
    public Bench(LoadOptions options)
    {
        Options = options;
        Server = ServerPlace.Find(options.Server);
        Folder = Path.Combine(Path.GetFullPath(options.DataFolder ?? AppContext.BaseDirectory), $"load-{Environment.ProcessId}");
        Directory.CreateDirectory(Folder);
    }

    public LoadOptions Options { get; }

    public ServerPlace Server { get; }

    public string Folder { get; }

    /// <summary>What no run may show, however fast: events missing, out of order, unsigned.</summary>
    public List<string> Violations { get; } = [];

    public void PrintHeader()
    {
        var drive = new DriveInfo(Folder);
        var sync = SyncProbe.Run(Folder);
        Print.Line($"server   {Server.Executable}");
        Print.Line($"runtime  {Server.RuntimeConfig ?? "(no runtimeconfig.json beside the server: yardsticks run under this program's own)"}");
        Print.Line($"machine  {Environment.ProcessorCount} cores · data on {drive.DriveFormat} · write of 4 KiB and fdatasync p50 {Print.Milliseconds(sync.Quantile(0.5))}, p99 {Print.Milliseconds(sync.Quantile(0.99))}");
        if (Options.Log == LogKind.Redis)
        {
            Print.Line(Options.Durability == RedisDurability.Fsync
                ? "log      redis, durability fsync: appendonly yes, appendfsync always"
                : "log      redis, durability everysec: appendonly yes, appendfsync everysec");
        }

        Print.Line("CPU is the measured process's own; foreign and steal are parts of one core that others took meanwhile: above 0.2 do not trust a rate.");
        if (drive.DriveFormat is "tmpfs" or "ramfs")
        {
            Print.Line("WARNING: the data folder is memory, where a sync costs nothing. Choose a disk with --data.");
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
