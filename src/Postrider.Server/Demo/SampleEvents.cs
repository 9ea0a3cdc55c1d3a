using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Postrider.Server.Cli;

namespace Postrider.Server.Demo;

/// <summary>A trickle of events, about two a second, of a few users who shop.</summary>
internal sealed class SampleEvents(Uri gateway, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly string[] Users = ["ada", "grace", "linus", "margaret"];
    private static readonly string[] Steps = ["Product Viewed", "Product Added", "Checkout Started", "Order Completed"];

    public static bool IsSampleUser(string userId) => Users.Contains(userId);

    /// <summary>Runs until cancelled. A refusal is not retried: the next event comes soon.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var target = new Uri(gateway, "/publish");
        using var client = LocalHttp.Create(gateway);
        using var pace = new PeriodicTimer(Pace, time);
        try
        {
            for (var number = 0; await pace.WaitForNextTickAsync(cancellationToken); number++)
            {
                try
                {
                    using var content = new StringContent(Write(number), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                    using var response = await client.PostAsync(target, content, cancellationToken);
                }
                catch (HttpRequestException)
                {
                    // The line of each second shows that nothing was accepted.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The demo stops.
        }
    }

    private static string Write(int number)
    {
        var user = Users[number % Users.Length];
        var step = Steps[number / Users.Length % Steps.Length];
        return string.Create(CultureInfo.InvariantCulture, $$$"""{"userId":"{{{user}}}","payload":{"number":{{{number + 1}}},"event":"{{{step}}}"}}""");
    }
}
