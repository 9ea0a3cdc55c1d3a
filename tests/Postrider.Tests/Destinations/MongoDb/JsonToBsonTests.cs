using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using Postrider.Destinations;
using Postrider.Destinations.MongoDb;

namespace Postrider.Tests.Destinations.MongoDb;

public sealed class JsonToBsonTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char['a', 'e'], 0, 3],
        Gen.OneOf("", "ä", "💌", "a\"b", "\\", "\n\t", "a.b", "$x", "\u0001", "e\u0301"));

    // Spelled in every way that JSON has for it.
    private static readonly Gen<string> Scalar = Gen.OneOf(
        Text.Select(text => JsonSerializer.Serialize(text)),
        Text.Select(text => "\"" + string.Concat(text.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"))) + "\""),
        Gen.Int.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Long.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Double[-1e30, 1e30].Select(number => number.ToString("0.0###e+0", CultureInfo.InvariantCulture)),
        Gen.OneOf("true", "false", "null", "0", "-1", "2147483647", "2147483648", "-2147483649", "1.0", "1e3", "0.1", "-0.5E-7"));

    private static readonly Gen<string> Json = Value(3);

    // More members than are compared in pairs, at the outermost only: they multiply.
    private static readonly Gen<string> Body = Gen.Frequency((4, Members(Json, 8)), (1, Members(Scalar, 40)));

    [Fact]
    public void Write_AnyObject_IsWhatTheDriversParserMakesOfIt() => Body.Sample(
        body =>
        {
            var expected = BsonDocument.Parse(body);

            Assert.Equal(expected.ToBson(), Written(body));
        },
        iter: 3000);

    [Fact]
    public void Write_BytesCutOrChanged_WritesAWholeDocumentOrRefuses() => Gen.Select(Body, Gen.Int[0, 1000], Gen.Byte).Sample(
        (body, at, value) =>
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            bytes[at % bytes.Length] = value;
            using var output = new BsonOutput(16);

            var mistake = new JsonToBson().Write(bytes, leaveOutStamp: false, mayBePublish: true, output);

            if (mistake is null)
            {
                _ = BsonSerializer.Deserialize<BsonDocument>(Framed(output.Written));
            }
            else
            {
                Assert.Equal(0, output.Length);
                Assert.Equal(DeliveryOutcome.Rejected, mistake.Outcome);
            }
        },
        iter: 3000);

    [Theory]
    [InlineData("""{"a":12345678901234567890}""", 12345678901234567890d)]
    [InlineData("""{"a":1e400}""", double.PositiveInfinity)]
    public void Write_NumberBeyond64Bits_IsADouble(string body, double expected) => Assert.Equal(expected, Parsed(body)["a"].AsDouble);

    [Fact]
    public void Write_DriverNotation_IsNotInterpreted() =>
        Assert.Equal("2024-01-01T00:00:00Z", Parsed("""{"at":{"$date":"2024-01-01T00:00:00Z"}}""")["at"]["$date"].AsString);

    [Theory]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("[1,{\"a\":[]},[true]]")]
    public void Write_NoObject_IsThePayload(string body) => Assert.Equal(BsonDocument.Parse($$"""{"payload":{{body}}}"""), Parsed(body));

    [Theory]
    [InlineData("""{"userId":"a","destinations":["x"],"payload":1,"more":2}""", """{"userId":"a","payload":1,"more":2}""")]
    [InlineData("""{"destinations":["x"],"userId":"a","payload":1}""", """{"userId":"a","payload":1}""")]
    [InlineData("""{"userId":"a","payload":{"destinations":1},"destinations":{"x":[1]}}""", """{"userId":"a","payload":{"destinations":1}}""")]
    [InlineData("""{"userId":"a","destinations":[1]}""", """{"userId":"a","destinations":[1]}""")]
    [InlineData("""{"_id":7,"userId":"a","payload":{"_id":8}}""", """{"userId":"a","payload":{"_id":8}}""")]
    public void Write_PublishedEvent_LacksWhatIsMeantForPostrider(string body, string expected) => Assert.Equal(BsonDocument.Parse(expected), Parsed(body));

    [Theory]
    [InlineData("{\"a\":1,\"b\":2,\"a\":3}", "twice")]
    [InlineData("{\"x\":{\"a\":1,\"\\u0061\":2}}", "twice")]
    [InlineData("{\"a\\u0000b\":1}", "NUL")]
    [InlineData("{\"a\":\"\\ud800\"}", "not Unicode")]
    [InlineData("{\"\\udc00\":1}", "not Unicode")]
    [InlineData("{\"a\":", "not JSON")]
    [InlineData("", "not JSON")]
    [InlineData("{\"a\":01}", "not JSON")]
    public void Write_WhatBsonCannotHold_SaysWhy(string body, string part)
    {
        using var output = new BsonOutput(16);

        var mistake = new JsonToBson().Write(Encoding.UTF8.GetBytes(body), leaveOutStamp: false, mayBePublish: true, output);

        Assert.Contains(part, mistake!.Reason, StringComparison.Ordinal);
        Assert.Equal("document", mistake.ErrorClass);
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void Write_BytesThatAreNoUtf8_SaysSo()
    {
        using var output = new BsonOutput(16);

        var mistake = new JsonToBson().Write([.. "{\"a\":\""u8, 0xff, .. "\"}"u8], leaveOutStamp: false, mayBePublish: true, output);

        Assert.Contains("not Unicode", mistake!.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JsonToBson.MaxDepth - 1, true)]
    [InlineData(JsonToBson.MaxDepth, false)]
    [InlineData(100_000, false)]
    public void Write_Nested_UpToTheLimit(int arrays, bool fits)
    {
        using var output = new BsonOutput(16);
        var body = $$"""{"a":{{new string('[', arrays)}}{{new string(']', arrays)}}}""";

        var mistake = new JsonToBson().Write(Encoding.UTF8.GetBytes(body), leaveOutStamp: false, mayBePublish: true, output);

        Assert.Equal(fits, mistake is null);
        Assert.True(fits || mistake!.Reason!.Contains("nests deeper", StringComparison.Ordinal), mistake?.Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_ManyMembers_FindsARepeatWithoutComparingAllPairs(bool repeats)
    {
        var members = Enumerable.Range(0, 300_000).Select(n => $"\"n{n}\":0").Append(repeats ? "\"n7\":1" : "\"last\":1");
        using var output = new BsonOutput(16);

        var mistake = new JsonToBson().Write(Encoding.UTF8.GetBytes("{" + string.Join(',', members) + "}"), leaveOutStamp: false, mayBePublish: true, output);

        Assert.Equal(repeats, mistake is not null);
    }

    [Fact]
    public void Write_MoreThanADocumentHolds_IsTooLarge()
    {
        var body = "[" + string.Join(',', Enumerable.Repeat("1", 1_500_000)) + "]";
        using var output = new BsonOutput(16);

        var mistake = new JsonToBson().Write(Encoding.UTF8.GetBytes(body), leaveOutStamp: false, mayBePublish: true, output);

        Assert.Equal("too-large", mistake?.ErrorClass);
    }

    private static BsonDocument Parsed(string body) => BsonSerializer.Deserialize<BsonDocument>(Written(body));

    private static byte[] Written(string body)
    {
        using var output = new BsonOutput(16);
        Assert.Null(new JsonToBson().Write(Encoding.UTF8.GetBytes(body), leaveOutStamp: false, mayBePublish: true, output));
        return Framed(output.Written);
    }

    private static byte[] Framed(ReadOnlySpan<byte> elements)
    {
        var document = new byte[elements.Length + 5];
        BinaryPrimitives.WriteInt32LittleEndian(document, document.Length);
        elements.CopyTo(document.AsSpan(4));
        return document;
    }

    private static Gen<string> Value(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency(
            (3, Scalar),
            (1, Members(Value(depth - 1), 6)),
            (1, Value(depth - 1).List[0, 6].Select(items => "[" + string.Join(", ", items) + "]")));

    // A number ahead of each name keeps names apart, and from beginning with a dollar, which the driver's parser gives a meaning.
    private static Gen<string> Members(Gen<string> value, int most) => Gen.Select(Text, value).List[0, most].Select(members =>
        "{" + string.Join(" ,", members.Select((member, n) => JsonSerializer.Serialize($"{n}{member.Item1}") + ": " + member.Item2)) + "}");
}
