using System.Reflection;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>The suite must be able to fail: for each of its rules there is a destination that breaks it, and is caught.</summary>
public sealed class ConformanceSuiteTests
{
    public static TheoryData<Flaw, string> FlawsAndRules => new()
    {
        { Flaw.AnswersBeforeArrival, nameof(DestinationConformanceTests.Delivered_Event_HasArrived) },
        { Flaw.SendsLatin1, nameof(DestinationConformanceTests.Delivered_Event_HasArrived) },
        { Flaw.NeedsAKey, nameof(DestinationConformanceTests.Delivered_EventWithoutKey_HasArrived) },
        { Flaw.CutsLargeBodies, nameof(DestinationConformanceTests.Delivered_LargeEvent_HasArrivedWhole) },
        { Flaw.SaysDeliveredWhenItFailed, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.ThrowsWhenItFailed, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.RejectsWhatMayBeRetried, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.GivesNoErrorClass, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.GivesNoReason, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.PrintsTheBody, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.PrintsItsSecret, nameof(DestinationConformanceTests.FailingReceiver_Event_IsRetriedUntilItArrives) },
        { Flaw.RetriesTheRefused, nameof(DestinationConformanceTests.RefusedEvent_IsRejected_AndTheNextArrives) },
        { Flaw.IgnoresItsToken, nameof(DestinationConformanceTests.HangingReceiver_Deadline_EndsTheCall) },
        { Flaw.MakesAResultOfItsDeadline, nameof(DestinationConformanceTests.HangingReceiver_Deadline_EndsTheCall) },
        { Flaw.KeepsItsSlotWhenCancelled, nameof(DestinationConformanceTests.HangingReceiver_Deadline_EndsTheCall) },
        { Flaw.CancelsAllCalls, nameof(DestinationConformanceTests.HangingReceiver_OneCallCancelled_TheOtherWaitsOn) },
        { Flaw.StartsWhenCancelled, nameof(DestinationConformanceTests.CancelledToken_Call_DoesNothing) },
        { Flaw.HoldsItsThread, nameof(DestinationConformanceTests.HangingReceiver_Call_DoesNotHoldItsThread) },
        { Flaw.MakesAnIdForEachAttempt, nameof(DestinationConformanceTests.RepeatedEvent_KeepsItsId) },
        { Flaw.StoresRepeats, nameof(DestinationConformanceTests.RepeatedEvent_KeepsItsId) },
        { Flaw.MixesUpCalls, nameof(DestinationConformanceTests.ConcurrentCalls_OfDifferentKeys_AllArrive) },
        { Flaw.LocksTheReceiver, nameof(DestinationConformanceTests.TwoInstances_AtOnce_BothDeliver) },
        { Flaw.KeepsTheReceiverLocked, nameof(DestinationConformanceTests.Dispose_FreesWhatWasHeld) },
        { Flaw.ThrowsAtTheSecondDispose, nameof(DestinationConformanceTests.Dispose_FreesWhatWasHeld) },
        { Flaw.TakesNoEvents, nameof(DestinationConformanceTests.Batch_Limits_MakeSense) },
        { Flaw.TakesBatchesUntested, nameof(DestinationConformanceTests.Batch_Limits_MakeSense) },
        { Flaw.HasSettingsOfNoShape, nameof(DestinationConformanceTests.SettingsType_CanBeBound) },
        { Flaw.RefusesGoodSettings, nameof(DestinationConformanceTests.Settings_ThatWork_HaveNoErrors) },
        { Flaw.AcceptsImpossibleSettings, nameof(DestinationConformanceTests.Settings_ThatCannotWork_AreNamed) },
        { Flaw.NamesAnotherSetting, nameof(DestinationConformanceTests.Settings_ThatCannotWork_AreNamed) },
        { Flaw.TellsTheSecretInItsErrors, nameof(DestinationConformanceTests.Settings_ThatCannotWork_AreNamed) },
        { Flaw.PrintsItsSettings, nameof(DestinationConformanceTests.Settings_Printed_ShowNoSecret) },
        { Flaw.TakesSmallBatchesOnly, nameof(BatchDestinationConformanceTests.MaxBatch_IsFourOrMore) },
        { Flaw.ReordersBatches, nameof(BatchDestinationConformanceTests.Batch_OfSeveralKeys_ArrivesInOrder) },
        { Flaw.ForgetsAResult, nameof(BatchDestinationConformanceTests.Batch_OfSeveralKeys_ArrivesInOrder) },
        { Flaw.GoesOnBehindTheRefused, nameof(BatchDestinationConformanceTests.Batch_WithARefusedEvent_HoldsItsKeyBack) },
        { Flaw.UndoesTheWholeBatch, nameof(BatchDestinationConformanceTests.Batch_WithARefusedEvent_HoldsItsKeyBack) },
        { Flaw.RejectsBehindAFailure, nameof(BatchDestinationConformanceTests.FailingReceiver_Batch_IsRetried_AndNothingIsRejected) },
        { Flaw.LosesTheRestOfABatchAtItsDeadline, nameof(BatchDestinationConformanceTests.HangingReceiver_BatchDeadline_EndsTheCall) },
        { Flaw.EndsABatchAtARepeat, nameof(BatchDestinationConformanceTests.RepeatedBatch_KeepsItsIds) },
    };

    [Theory]
    [MemberData(nameof(FlawsAndRules))]
    public async Task Rule_BrokenByADestination_Fails(Flaw flaw, string rule)
    {
        await using DestinationTestBed suite = flaw == Flaw.TakesBatchesUntested ? new BrokenDestination(flaw) : new BrokenBatchDestination(flaw);
        await suite.InitializeAsync();

        var failure = await Record.ExceptionAsync(() => RunAsync(suite, rule));

        Assert.True(failure is not null, $"A destination that {flaw} passes {rule}.");
    }

    [Theory]
    [MemberData(nameof(FlawsAndRules))]
    public async Task Rule_KeptByADestination_Passes(Flaw flaw, string rule)
    {
        Assert.NotEqual(Flaw.None, flaw);
        await using var suite = new BrokenBatchDestination(Flaw.None);
        await suite.InitializeAsync();

        await RunAsync(suite, rule);
    }

    [Fact]
    public void Rules_EachOne_HasADestinationThatBreaksIt()
    {
        var rules = typeof(BatchDestinationConformanceTests).GetMethods().Where(method => method.IsDefined(typeof(FactAttribute))).Select(method => method.Name);

        var broken = FlawsAndRules.Select(row => row.Data.Item2).Distinct();

        Assert.Equal(rules.Order(), broken.Order());
    }

    [Fact]
    public void Flaws_EachOne_IsCaught() =>
        Assert.Equal(Enum.GetValues<Flaw>().Except([Flaw.None]).Order(), FlawsAndRules.Select(row => row.Data.Item1).Order());

    private static async Task RunAsync(DestinationTestBed suite, string rule)
    {
        try
        {
            if (suite.GetType().GetMethod(rule)!.Invoke(suite, null) is Task running)
            {
                await running;
            }
        }
        catch (TargetInvocationException exception)
        {
            throw exception.InnerException!;
        }
    }
}
