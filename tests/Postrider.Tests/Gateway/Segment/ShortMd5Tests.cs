using System.Security.Cryptography;
using CsCheck;
using Postrider.Gateway.Segment;

namespace Postrider.Tests.Gateway.Segment;

public sealed class ShortMd5Tests
{
    [Fact]
    public void Hash_AnyText_IsThePlatforms() => Gen.Byte.Array[0, 130].Sample(
        text =>
        {
            var hash = new byte[16];

            ShortMd5.Hash(text, hash);

#pragma warning disable CA5351 // What it is compared with.
            Assert.Equal(MD5.HashData(text), hash);
#pragma warning restore CA5351
        },
        iter: 5_000);
}
