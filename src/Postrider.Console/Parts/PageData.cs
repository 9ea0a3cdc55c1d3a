using Microsoft.AspNetCore.Components;
using Postrider.Operations;

namespace Postrider.WebConsole.Parts;

/// <summary>A page that reads something when it is opened or asked again, and shows when that fails.</summary>
public abstract class PageData : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();

    protected PageData() => Gone = _gone.Token;

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone { get; }

    /// <summary>Whether it is reading.</summary>
    protected bool IsReading { get; private set; }

    /// <summary>Why reading failed; null: it did not.</summary>
    protected string? Failure { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads, and shows a failure instead of throwing it.</summary>
    protected async Task ReadAsync(Func<CancellationToken, Task> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        IsReading = true;
        Failure = null;
        try
        {
            await read(Gone);
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            return;
        }
        catch (FormatException)
        {
            Failure = "This page of the list is gone. Begin again from the newest.";
        }
        catch (OperationRefusedException refused)
        {
            Failure = refused.Message;
        }
#pragma warning disable CA1031 // Whatever the log or the network throws is told on the page, with a way to try again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failure = exception.Message;
        }

        IsReading = false;
    }

    /// <summary>Ends what the page is still reading.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gone.Cancel();
            _gone.Dispose();
        }
    }
}
