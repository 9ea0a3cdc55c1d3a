using System.Buffers;
using System.Globalization;
using System.Text;
using MongoDB.Driver;
using Postrider.Configuration;

namespace Postrider.Destinations.MongoDb;

/// <summary>What binding cannot check. No message repeats the connection string.</summary>
internal static class MongoDbSettingsRules
{
    // The server's own limits: 63 bytes for a database, 255 for database and collection together, 64 indexes less that of _id.
    private const int MaxDatabaseBytes = 63;
    private const int MaxIndexes = 63;
    private const int MaxIndexFields = 32;
    private const int MaxKeyDepth = 16;

    private static readonly SearchValues<char> DatabaseMustNotHold = SearchValues.Create("/\\. \"$*<>:|?\0");

    public static void Check(MongoDbSettings settings, ISettingsErrors errors)
    {
        if (ConnectionMistake(settings.Connection) is { } mistake)
        {
            errors.Add("connection", mistake);
        }

        if (settings.Database.Length == 0 || Encoding.UTF8.GetByteCount(settings.Database) > MaxDatabaseBytes || settings.Database.AsSpan().ContainsAny(DatabaseMustNotHold))
        {
            errors.Add("database", $"must be a name of 1 to {MaxDatabaseBytes} bytes without any of / \\ . \" $ * < > : | ? and without spaces");
        }

        if (!CollectionName.TryParse(settings.Collection, out _, out var wrong))
        {
            errors.Add("collection", wrong);
        }

        CheckKey(settings, errors);
        CheckWriteConcern(settings.WriteConcern, errors);
        if (settings.Batch.MaxWait < TimeSpan.Zero || settings.Batch.MaxWait > TimeSpan.FromSeconds(10))
        {
            errors.Add("batch.maxWait", "must be at most 10s: events wait that long while nobody needs them to");
        }

        CheckIndexes(settings.Indexes, errors);
    }

    private static string? ConnectionMistake(string text)
    {
        try
        {
            return new MongoUrl(text).W is { } w && w.Equals((WriteConcern.WValue)0) ? "must not ask for w=0: nobody would know whether an event arrived" : null;
        }
        catch (Exception e) when (e is MongoConfigurationException or ArgumentException or FormatException)
        {
            // The driver's message repeats the text, credentials included.
            return "must be a MongoDB connection string, as mongodb://user:password@db.example.com:27017/?tls=true; write : / ? # [ ] @ of a password as %3A and so on";
        }
    }

    private static void CheckKey(MongoDbSettings settings, ISettingsErrors errors)
    {
        if (settings.Mode == MongoDbMode.Insert)
        {
            if (settings.Key is not null)
            {
                errors.Add("key", "is only for mode: upsert; an inserted document has the event's id as its _id");
            }

            return;
        }

        if (settings.Key is null)
        {
            errors.Add("key", "is needed for mode: upsert; name the field whose value becomes the document's _id, as userId");
        }
        else if (FieldMistake(settings.Key) is { } mistake)
        {
            errors.Add("key", mistake);
        }
        else if (settings.Key.Split('.').Length > MaxKeyDepth)
        {
            errors.Add("key", $"must not be deeper than {MaxKeyDepth} members");
        }
    }

    private static void CheckWriteConcern(MongoDbWriteConcern concern, ISettingsErrors errors)
    {
        if (concern.W.Length == 0 || (int.TryParse(concern.W, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is < 1 or > 50))
        {
            errors.Add("writeConcern.w", "must be majority, a number from 1 to 50, or the name of a custom write concern; 0 would not say whether an event arrived");
        }

        if (concern.Timeout < TimeSpan.FromMilliseconds(1) || concern.Timeout > TimeSpan.FromHours(1))
        {
            errors.Add("writeConcern.timeout", "must be between 1ms and 1h");
        }
    }

    private static void CheckIndexes(IReadOnlyList<MongoDbIndex> indexes, ISettingsErrors errors)
    {
        if (indexes.Count > MaxIndexes)
        {
            errors.Add("indexes", $"must be at most {MaxIndexes}: a collection has no more");
        }

        for (var i = 0; i < indexes.Count; i++)
        {
            var fields = indexes[i].Fields;
            if (fields is null || fields.Count is 0 or > MaxIndexFields)
            {
                errors.Add($"indexes[{i}].fields", $"must name 1 to {MaxIndexFields} fields, as [userId, -payload.at]");
                continue;
            }

            if (fields.Select(field => FieldMistake(field.TrimStart('-'), mayBeId: true)).FirstOrDefault(mistake => mistake is not null) is { } wrong)
            {
                errors.Add($"indexes[{i}].fields", wrong);
            }
            else if (fields.Select(field => field.TrimStart('-')).Distinct(StringComparer.Ordinal).Count() < fields.Count)
            {
                errors.Add($"indexes[{i}].fields", "must not name a field twice");
            }

            if (indexes[i].Name is { } name && (name.Length is 0 or > 100 || name.AsSpan().ContainsAny("$*\0")))
            {
                errors.Add($"indexes[{i}].name", "must be 1 to 100 characters without $ and *");
            }
        }
    }

    private static string? FieldMistake(string field, bool mayBeId = false)
    {
        var parts = field.Split('.');
        return parts.Any(part => part.Length == 0 || part[0] == '$' || part.Contains('\0', StringComparison.Ordinal))
            ? "must be a field, as userId or payload.orderId, without empty parts and parts that begin with $"
            : !mayBeId && parts[0] is "_id" or UpsertStamp.Name ? $"must not be {parts[0]}: Postrider sets it" : null;
    }
}
