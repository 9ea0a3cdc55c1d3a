using Postrider.Delivery;

namespace Postrider.Tests.Delivery;

/// <summary>Memory is shared fairly, and given back.</summary>
public sealed class DeliveryBudgetTests
{
    [Fact]
    public void TryTake_OneTakesAllItMay_AsMuchIsLeftForAnother()
    {
        var budget = new DeliveryBudget(1000);
        var (hog, other) = (new BudgetShare(budget), new BudgetShare(budget));

        while (hog.TryTake(10, force: false))
        {
        }

        Assert.Equal(500, hog.Held);
        Assert.True(other.TryTake(200, force: false));
        Assert.False(other.TryTake(100, force: false));
    }

    [Fact]
    public void TryTake_Forced_IsAlwaysGranted()
    {
        var share = new BudgetShare(new DeliveryBudget(10));

        Assert.False(share.TryTake(100, force: false));
        Assert.True(share.TryTake(100, force: true));
    }

    [Fact]
    public void Close_ReturnsAllThatIsHeld_AndWhatComesLater()
    {
        var budget = new DeliveryBudget(1000);
        var share = new BudgetShare(budget);
        share.TryTake(300, force: false);

        share.Close();
        share.Return(300);
        share.TryTake(50, force: true);

        // Whoever holds nothing may take half of what is free: half of all, where nothing is taken.
        Assert.True(new BudgetShare(budget).TryTake(500, force: false));
    }
}
