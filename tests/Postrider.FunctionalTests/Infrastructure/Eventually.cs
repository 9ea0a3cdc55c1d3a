namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>The one place where tests poll: for what another process does and nobody signals.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns the first value that fits.</summary>
    /// <param name="reason">What should become true, for the message.</param>
    /// <param name="read">Reads the value.</param>
    /// <param name="fits">Whether this is it.</param>
    /// <param name="describe">More for the message: how things stand then.</param>
    /// <param name="timeout">Null: <see cref="PostriderProcess.Patience"/>.</param>
    public static async Task<T> GetAsync<T>(
        string reason, Func<Task<T>> read, Func<T, bool> fits, Func<string>? describe = null, TimeSpan? timeout = null)
    {
        var patience = timeout ?? PostriderProcess.Patience;
        var began = TimeProvider.System.GetTimestamp();
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        while (true)
        {
            var value = await read();
            if (fits(value))
            {
                return value;
            }

            if (TimeProvider.System.GetElapsedTime(began) > patience)
            {
                throw new TimeoutException($"Not within {patience}: {reason}. Last seen: {value}\n{describe?.Invoke()}");
            }

            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task TrueAsync(string reason, Func<bool> condition, Func<string>? describe = null, TimeSpan? timeout = null) =>
        GetAsync(reason, () => Task.FromResult(condition()), holds => holds, describe, timeout);
}
