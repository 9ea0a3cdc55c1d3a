namespace Postrider.Tests.Architecture;

/// <summary>A file is one idea. One that needs more than 400 lines hides a second.</summary>
public sealed class FileSizeTests
{
    private const int MostLines = 400;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    [InlineData("examples")]
    public void SourceFile_Length_IsWithinTheLimit(string folder)
    {
        var files = Repository.SourceFiles(folder).ToArray();

        var tooLong = files
            .Select(file => (file.Path, Lines: file.Text.AsSpan().TrimEnd('\n').Count('\n') + 1))
            .Where(file => file.Lines > MostLines);

        Assert.NotEmpty(files);
        Assert.Empty(tooLong);
    }
}
