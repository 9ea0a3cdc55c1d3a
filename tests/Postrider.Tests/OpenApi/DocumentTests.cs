using Microsoft.OpenApi;

namespace Postrider.Tests.OpenApi;

public sealed class DocumentTests
{
    [Theory]
    [InlineData("gateway")]
    [InlineData("admin")]
    public void Document_ReadByTheReferenceLibrary_IsValid(string name)
    {
        var read = OpenApiDocument.Parse(ApiDocument.Text(name), "json");

        Assert.Empty(read.Diagnostic!.Errors.Concat(read.Diagnostic.Warnings).Select(error => error.ToString()));
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        Assert.NotEmpty(read.Document!.Paths);
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("admin")]
    public void Document_ItsExamplesOfBodies_AreWhatItsSchemasSay(string name)
    {
        var document = new ApiDocument(ApiDocument.Text(name));

        var mistakes = document.Operations.SelectMany(operation => ApiDocument.Bodies(operation)
            .Where(body => body.MediaType is not null)
            .SelectMany(body => document.Check(body.Schema, body.Value).Select(mistake => $"{operation}: {mistake}")));

        Assert.Empty(mistakes);
        var ids = document.Operations.Select(operation => operation.Node["operationId"]!.GetValue<string>()).ToList();
        Assert.Equal(ids.Distinct(), ids);
    }
}
