using Postrider.Log;

namespace Postrider.Journal;

/// <summary>What of the figures is to be kept.</summary>
/// <param name="Fine">Fine rows that are new or have grown.</param>
/// <param name="FineRemoved">The starts of those that are gone.</param>
/// <param name="Coarse">Coarse rows that are new or have grown.</param>
/// <param name="CoarseRemoved">The starts of those that are gone.</param>
/// <param name="Names">The table of names; null: it is as it was.</param>
internal sealed record FigureChanges(List<StoredRow> Fine, List<long> FineRemoved, List<StoredRow> Coarse, List<long> CoarseRemoved, byte[]? Names)
{
    public IEnumerable<KeptRecord> Written
    {
        get
        {
            if (Names is not null)
            {
                yield return new KeptRecord(new RecordKey(RecordKinds.Names, 0), Names);
            }

            foreach (var row in Fine)
            {
                yield return new KeptRecord(new RecordKey(RecordKinds.FineRows, row.Start), row.Bytes);
            }

            foreach (var row in Coarse)
            {
                yield return new KeptRecord(new RecordKey(RecordKinds.CoarseRows, row.Start), row.Bytes);
            }
        }
    }

    public IEnumerable<RecordKey> Removed =>
        FineRemoved.Select(start => new RecordKey(RecordKinds.FineRows, start)).Concat(CoarseRemoved.Select(start => new RecordKey(RecordKinds.CoarseRows, start)));
}
