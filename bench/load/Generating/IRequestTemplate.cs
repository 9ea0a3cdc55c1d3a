namespace Postrider.Load.Generating;

/// <summary>A request in which only a few bytes change from one to the next.</summary>
internal interface IRequestTemplate
{
    /// <summary>The request of this user and number, valid until the next call.</summary>
    ReadOnlySpan<byte> Fill(int user, int sequence, long time);
}
