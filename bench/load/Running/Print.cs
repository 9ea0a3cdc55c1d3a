using System.Globalization;
using Postrider.Load.Measuring;

namespace Postrider.Load.Running;

/// <summary>One way to write each kind of figure.</summary>
internal static class Print
{
    public static void Line(string text) => Console.WriteLine(text);

    public static void Title(string text) => Console.WriteLine($"\n## {text}\n");

    public static string Milliseconds(long nanoseconds) => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:F2} ms");

    public static string Rate(double perSecond) => string.Create(CultureInfo.InvariantCulture, $"{perSecond:N0}/s");

    public static string Microseconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F1} µs");

    /// <summary>The measured process's an event, and that of the one beside it where there is one.</summary>
    public static string Cpu(MachineUse use, long events) =>
        Microseconds(use.MicrosecondsPer(events)) + (use.Beside > TimeSpan.Zero ? $" + Redis {Microseconds(use.BesideMicrosecondsPer(events))}" : "");

    /// <summary>The median of Redis' CPU an event, where the log is there.</summary>
    public static string OfRedis(LoadOptions options, IEnumerable<double> microseconds) =>
        options.Log == LogKind.Redis ? $", CPU of Redis {Spread(Median.Of(microseconds), Microseconds)}" : "";

    public static string Nanoseconds(double microseconds) => string.Create(CultureInfo.InvariantCulture, $"{microseconds * 1000:N0} ns");

    public static string Percent(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio * 100:F1} %");

    public static string Noise(MachineUse use) =>
        string.Create(CultureInfo.InvariantCulture, $"foreign {use.ForeignCores:F2}, steal {use.StealCores:F2}, generator and sink {use.Self / use.Elapsed:F2} cores");

    public static string Latency(Histogram histogram) =>
        $"p50 {Milliseconds(histogram.Quantile(0.5))}, p99 {Milliseconds(histogram.Quantile(0.99))}, max {Milliseconds(histogram.Max)}";

    public static string Spread(Median median, Func<double, string> write) =>
        $"{write(median.Middle)} ({write(median.Low)} … {write(median.High)})";
}
