using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Testing;

namespace Example.Files.Tests;

public sealed class FileConformanceTests : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new FileDestinationFactory();

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new FileSettings { Folder = "events" }, "folder"),
        new(new FileSettings { Folder = "/events", MaxEventSize = new ByteSize(0) }, "maxEventSize"),
    ];

    protected override ValueTask<ConformanceReceiver> StartReceiverAsync() => ValueTask.FromResult<ConformanceReceiver>(new FolderReceiver());
}
