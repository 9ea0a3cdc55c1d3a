using Microsoft.AspNetCore.Components;
using MudBlazor;
using Postrider.Operations;
using Postrider.WebConsole.Live;
using Postrider.WebConsole.Shell;

namespace Postrider.WebConsole.Parts;

/// <summary>Does what a button says: asks first where that is due, tells how it went, and has the pages drawn anew.</summary>
public sealed class Deeds(Desk desk, LiveFeed feed, IDialogService dialogs, ISnackbar snackbar)
{
    /// <summary>Asks a question; true: they meant it.</summary>
    /// <param name="title">The question.</param>
    /// <param name="text">What happens then.</param>
    /// <param name="yes">What the button says.</param>
    /// <param name="isFinal">It cannot be undone.</param>
    public async Task<bool> AskAsync(string title, string text, string yes, bool isFinal = false)
    {
        var parameters = new DialogParameters<ConfirmDialog> { { dialog => dialog.Text, text }, { dialog => dialog.Yes, yes }, { dialog => dialog.IsFinal, isFinal } };
        var dialog = await dialogs.ShowAsync<ConfirmDialog>(title, parameters);
        return await dialog.Result is { Canceled: false };
    }

    /// <summary>Shows a dialog of one's own; its answer, or null where it was left.</summary>
    public async Task<T?> ShowAsync<TDialog, T>(string title, DialogParameters<TDialog> parameters)
        where TDialog : IComponent
        where T : class
    {
        var dialog = await dialogs.ShowAsync<TDialog>(title, parameters);
        return await dialog.Result is { Canceled: false, Data: T answer } ? answer : null;
    }

    /// <summary>Carries out a change and tells how it went. False: it was refused.</summary>
    /// <param name="change">The change.</param>
    /// <param name="done">What to say of its result.</param>
    public async Task<bool> DoAsync<T>(Func<IOperations, Operator, Task<T>> change, Func<T, string> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        try
        {
            var result = await desk.ChangeAsync(change);
            Say(done(result), MudBlazor.Severity.Success);
        }
        catch (OperationRefusedException refused)
        {
            Say(refused.Message, MudBlazor.Severity.Error);
            return false;
        }

#pragma warning disable CA1031 // The log may be away for a moment: that is told, and the page stays.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Say(exception.Message, MudBlazor.Severity.Error);
            return false;
        }

        await feed.RefreshAsync(CancellationToken.None);
        return true;
    }

    /// <summary>Says something.</summary>
    public void Say(string text, MudBlazor.Severity severity = MudBlazor.Severity.Info) => snackbar.Add(text, severity);
}
