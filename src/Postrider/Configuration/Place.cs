namespace Postrider.Configuration;

/// <summary>Where something stands in the file; both count from 1.</summary>
internal readonly record struct Place(int Line, int Column)
{
    public static Place Start => new(1, 1);
}
