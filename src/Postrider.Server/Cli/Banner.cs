using Postrider.Diagnostics;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>What a started server says of itself.</summary>
internal static class Banner
{
    public static void Write(TextWriter output, PostriderAddresses addresses, ServerStatus? status)
    {
        output.WriteLine($"postrider {ProductVersion.Text}");
        if (addresses.Gateway is { } gateway)
        {
            output.WriteLine($"  gateway       {LocalHttp.Spell(gateway)}  (POST /publish)");
        }

        output.WriteLine($"  admin         {LocalHttp.Spell(addresses.Admin)}  (/health/ready, /api/status, /metrics)");
        if (status is not null)
        {
            output.WriteLine($"  log           {status.Log.Place}  ({status.Log.Id}, {Sizes.Spell(status.Log.Bytes)} of {Sizes.Spell(status.Log.LimitBytes)})");
            output.WriteLine($"                {status.Log.Promise}");
        }

        var label = "destinations";
        foreach (var destination in status?.Destinations ?? [])
        {
            var reason = destination.Reason is null ? "" : $": {destination.Reason}";
            output.WriteLine($"  {label,-12}  {destination.Name}  {destination.Type}  {destination.State}{reason}");
            label = "";
        }
    }

    public static void WriteWarnings(TextWriter output, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            output.WriteLine($"warning: {warning}");
        }
    }
}
