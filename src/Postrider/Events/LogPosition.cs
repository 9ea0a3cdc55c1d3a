namespace Postrider.Events;

/// <summary>An event's place: its partition, the partition's generation, and its position there.</summary>
/// <param name="Partition">The partition's number, from 0. The embedded log has only partition 0.</param>
/// <param name="Generation">Grows whenever a partition may have lost acknowledged positions; always 0 in the embedded log.</param>
/// <param name="Position">Dense and ascending within a partition and generation, from 1.</param>
public readonly record struct LogPosition(int Partition, long Generation, long Position);
