using System.Text;
using BenchmarkDotNet.Attributes;
using Postrider.Events;

namespace Postrider.Benchmarks.Events;

/// <summary>What does it cost to find a key's lane?</summary>
public class HashingAKey
{
    private byte[] _key = [];

    [Params(6, 36, 256)]
    public int KeyBytes { get; set; }

    [GlobalSetup]
    public void Prepare() => _key = Encoding.ASCII.GetBytes(new string('k', KeyBytes));

    [Benchmark]
    public ulong Hash() => EventEnvelope.HashKey(_key);
}
