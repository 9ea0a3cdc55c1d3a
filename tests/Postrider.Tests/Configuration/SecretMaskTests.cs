using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("https://crm.example.com/events", "https://crm.example.com/events")]
    [InlineData("https://crm.example.com:8443/users/{userId}", "https://crm.example.com:8443/users/{userId}")]
    [InlineData("https://u:s3cr3t@crm.example.com/e", "https://***@crm.example.com/e")]
    [InlineData("https://s3cr3t@crm.example.com", "https://***@crm.example.com")]
    [InlineData("https://h/e?token=s3cr3t&v=1#s3cr3t", "https://h/e?token=***&v=***#***")]
    [InlineData("https://h?s3cr3t", "https://h?***")]
    [InlineData("https://hooks.slack.com/services/T0001/B0001/abcDEF123456abcDEF123456", "https://hooks.slack.com/services/T0001/B0001/***")]
    [InlineData("mongodb://u:s3cr3t@a:1,b:2/db?replicaSet=rs0&password=s3cr3t", "mongodb://***@a:1,b:2/db?replicaSet=***&password=***")]
    [InlineData("mongodb+srv://u:p%40s3cr3t@cluster.example.com", "mongodb+srv://***@cluster.example.com")]
    [InlineData("mongodb://u:p/s3cr3t@a:1/db", "mongodb://***")]
    [InlineData("mongodb://u:p?s3cr3t@a:1/db", "mongodb://***")]
    [InlineData("mongodb://u:1234/s3cr3t@a:1/db", "mongodb://***")]
    [InlineData("mongodb://u:p@s3cr3t@a:1/db", "mongodb://***@a:1/db")]
    [InlineData("redis://:s3cr3t@[::1]:6379/0", "redis://***@[::1]:6379/0")]
    [InlineData("redis-1:6379,redis-2:6379", "redis-1:6379,redis-2:6379")]
    [InlineData("s3cr3t phrase with spaces", "***")]
    public void Address_ForEachForm_HidesWhatIsSecretInIt(string value, string expected)
    {
        var shown = SecretMask.Address(value);

        Assert.Equal(expected, shown);
        Assert.DoesNotContain("s3cr3t", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./data", "./data")]
    [InlineData("http://proxy:3128", "http://proxy:3128")]
    [InlineData("see http://u:s3cr3t@proxy:3128 there", "see http://***@proxy:3128 there")]
    [InlineData("ada@example.com", "ada@example.com")]
    public void Plain_OfAnything_HidesCredentialsOfAddressesOnly(string value, string expected) => Assert.Equal(expected, SecretMask.Plain(value));

    [Theory]
    [InlineData("password", true)]
    [InlineData("clientSecret", true)]
    [InlineData("apiKey", true)]
    [InlineData("accessKeys", true)]
    [InlineData("bearerToken", true)]
    [InlineData("connectionString", true)]
    [InlineData("credentials", true)]
    [InlineData("key", false)]
    [InlineData("keyFile", false)]
    [InlineData("tokenFile", false)]
    [InlineData("collection", false)]
    [InlineData("url", false)]
    public void IsSuspicious_ForEachName_SeesThoseOfSecrets(string name, bool expected) => Assert.Equal(expected, SecretMask.IsSuspicious(name));
}
