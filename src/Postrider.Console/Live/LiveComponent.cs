using Microsoft.AspNetCore.Components;

namespace Postrider.WebConsole.Live;

/// <summary>A component that shows how the server is doing, and is drawn again when that changes.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private IDisposable? _subscription;

    protected LiveComponent() => Gone = _gone.Token;

    /// <summary>Where the snapshots come from.</summary>
    [Inject]
    public LiveFeed Feed { get; set; } = default!;

    /// <summary>The newest snapshot; null: before the first.</summary>
    protected LiveSnapshot? Now { get; private set; }

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone { get; }

    /// <summary>Called with each snapshot, the first included, before it is drawn.</summary>
    protected virtual Task TakeAsync(LiveSnapshot snapshot) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => await ShowAsync(await Feed.GetAsync(Gone));

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        // Only a page that is open in a browser gets here: one that is only drawn for its first answer must not keep the feed running.
        if (firstRender && !_gone.IsCancellationRequested)
        {
            _subscription = Feed.Subscribe(snapshot => _ = InvokeAsync(() => RedrawAsync(snapshot)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Leaves the feed.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _subscription?.Dispose();
            _gone.Cancel();
            _gone.Dispose();
        }
    }

    private async Task ShowAsync(LiveSnapshot snapshot)
    {
        Now = snapshot;
        await TakeAsync(snapshot);
    }

    private async Task RedrawAsync(LiveSnapshot snapshot)
    {
        if (_gone.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await ShowAsync(snapshot);
            StateHasChanged();
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page was left meanwhile.
        }
#pragma warning disable CA1031 // Nobody awaits a redraw: the page's own boundary shows that it failed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await DispatchExceptionAsync(exception);
        }
    }
}
