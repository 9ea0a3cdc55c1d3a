namespace Postrider.Log.Redis;

/// <summary>What a look shall do with a partition's lease.</summary>
/// <param name="What">A word of <c>look.lua</c>.</param>
/// <param name="Token">The token that is held; of one to take, its random part.</param>
internal readonly record struct LeaseWish(string What, string Token)
{
    public const string Renew = "renew";
    public const string Take = "take";
    public const string Release = "release";

    public static LeaseWish Look { get; } = new("look", "");
}
