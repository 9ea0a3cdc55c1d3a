using System.Globalization;
using Postrider.Diagnostics;
using Postrider.Operations;
using Postrider.Server.Cli;
using Postrider.Server.Receivers;

namespace Postrider.Server.Demo;

/// <summary>One run of the demo, from a fresh folder to none.</summary>
internal sealed class DemoRun(DemoOptions options, TimeProvider time, TextWriter output)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("postrider-demo-");
        try
        {
            await RunAsync(folder.FullName);
        }
        finally
        {
            if (!options.Keep)
            {
                folder.Delete(recursive: true);
            }
        }
    }

    private async Task RunAsync(string folder)
    {
        // The receivers stop last: what is in flight when the server stops still finds them.
        await using var receivers = await ReceiverServer.StartAsync(new ReceiverOptions
        {
            Port = options.ReceiversPort,
            Print = line => output.WriteLine($"          {line}"),
            PrintsEventsOf = userId => !SampleEvents.IsSampleUser(userId),
            StopsOnSignals = false,
        });
        var yaml = DemoConfig.Write(options, receivers.Address);
        await using var app = ServerHost.Build(postrider => postrider.LoadFromText(yaml, "demo", folder), LogFormat.Text, LogLevel.Warning);
        await app.StartAsync();

        var addresses = app.GetPostriderAddresses();
        WriteBeginning(folder, addresses, receivers.Address);
        using var samplesStop = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping);
        var samples = new SampleEvents(addresses.Gateway!, time).RunAsync(samplesStop.Token);
        try
        {
            await WatchAsync(app, receivers);
        }
        finally
        {
            await samplesStop.CancelAsync();
            await samples;
            await app.StopAsync();
        }

        output.WriteLine($"stopped in order: delivered {receivers.Count(1)} to webhook 1, {receivers.Count(2)} to webhook 2"
            + (options.Keep ? $"; {folder} is kept" : ""));
    }

    private void WriteBeginning(string folder, PostriderAddresses addresses, Uri receivers)
    {
        output.WriteLine($"postrider {ProductVersion.Text} demo: gateway, log, delivery and two webhook receivers in one process");
        output.WriteLine($"  gateway    {addresses.Gateway}publish");
        output.WriteLine($"  admin      {addresses.Admin}api/status");
        output.WriteLine($"  receivers  {receivers}webhook1 and {receivers}webhook2");
        output.WriteLine($"  folder     {folder}{(options.Keep ? "" : " (removed at the end)")}");
        output.WriteLine();
        output.WriteLine("Sample events trickle in. Post one of your own and see it arrive:");
        output.WriteLine($"  curl -d '{{\"userId\":\"you\",\"payload\":{{\"hello\":\"world\"}}}}' {addresses.Gateway}publish");
        output.WriteLine();
        output.WriteLine("Ctrl-C stops it.");
        output.WriteLine();
    }

    /// <summary>A line a second until a signal or the asked time ends it.</summary>
    private async Task WatchAsync(WebApplication app, ReceiverServer receivers)
    {
        var status = app.Services.GetRequiredService<StatusReport>();
        var stopping = app.Lifetime.ApplicationStopping;
        var began = time.GetTimestamp();
        using var tick = new PeriodicTimer(Second, time);
        try
        {
            while (await tick.WaitForNextTickAsync(stopping))
            {
                if (await status.GetAsync(stopping) is { } now)
                {
                    output.WriteLine(Describe(now, receivers));
                }

                if (options.Stop is { } stop && time.GetElapsedTime(began) >= stop)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A signal.
        }
    }

    private string Describe(ServerStatus status, ReceiverServer receivers)
    {
        // The log is fresh, so its end counts the events that it took.
        var accepted = status.Log.Partitions.Sum(partition => partition.EndPosition - 1);
        var pending = status.Destinations.Sum(destination => destination.Lag + destination.ParkedEvents);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{time.GetLocalNow():HH:mm:ss}  accepted {accepted}  webhook1 {receivers.Count(1)}  webhook2 {receivers.Count(2)}  pending {pending}");
    }
}
