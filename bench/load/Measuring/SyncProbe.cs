using System.Diagnostics;
using Postrider.Load.Sockets;

namespace Postrider.Load.Measuring;

/// <summary>What one small durable write costs in a folder: without it no figure of a durable log means anything.</summary>
internal static class SyncProbe
{
    private const int Writes = 200;

    public static Histogram Run(string folder)
    {
        var path = Path.Combine(folder, "sync-probe");
        var histogram = new Histogram();
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            var block = new byte[4096];
            for (var i = 0; i < Writes; i++)
            {
                var start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, (long)i * block.Length);
                _ = Libc.DataSync((int)file.DangerousGetHandle());
                histogram.Record(Stopwatch.GetTimestamp() - start);
            }
        }

        File.Delete(path);
        return histogram;
    }
}
