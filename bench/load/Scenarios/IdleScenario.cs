using Postrider.Load.Generating;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>What does the server cost when nothing happens?</summary>
internal static class IdleScenario
{
    // The runtime goes on compiling what was hot for some seconds.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        Print.Title("idle: two webhooks, after 10,000 events");
        await using var rig = await Rig.StartAsync(bench, receivers: 2, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(10_000, TimeSpan.FromMinutes(1)), cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(30), cancellationToken);
        await rig.DrainAsync(1, TimeSpan.FromSeconds(30), cancellationToken);
        await Task.Delay(Settle, TimeProvider.System, cancellationToken);

        var before = rig.Sample();
        await Task.Delay(Length, TimeProvider.System, cancellationToken);
        var use = rig.Sample().Since(before);
        Print.Line($"=> {Print.Percent(use.Measured / use.Elapsed)} of a core over {use.Elapsed.TotalSeconds:F0} s (target: under 1 %); memory {rig.Server.MemoryMebibytes("VmRSS"):F0} MiB  {Print.Noise(use)}");
    }
}
