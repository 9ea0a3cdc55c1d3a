using MongoDB.Bson;

namespace Postrider.Tests.Destinations.MongoDb.Wire;

/// <summary>The expressions of the aggregation language that updates with a condition use.</summary>
internal static class WireExpression
{
    public static BsonValue Evaluate(BsonValue expression, BsonDocument root)
    {
        if (expression is BsonString { Value: var text } && text.StartsWith('$'))
        {
            return text == "$$ROOT" ? root : WireCollection.ValueAt(root, text[1..]);
        }

        if (expression is not BsonDocument { ElementCount: 1 } operation || operation.GetElement(0).Name[0] != '$')
        {
            return expression;
        }

        var (name, argument) = (operation.GetElement(0).Name, operation[0]);
        return name switch
        {
            "$literal" => argument,
            "$cond" => Evaluate(argument[Evaluate(argument[0], root).ToBoolean() ? 1 : 2], root),
            "$switch" => Switch(argument.AsBsonDocument, root),
            "$eq" => Compare(argument, root) == 0,
            "$ne" => Compare(argument, root) != 0,
            "$lt" => Compare(argument, root) < 0,
            "$lte" => Compare(argument, root) <= 0,
            _ => throw new NotSupportedException(name),
        };
    }

    private static BsonValue Switch(BsonDocument choice, BsonDocument root)
    {
        foreach (var branch in choice["branches"].AsBsonArray)
        {
            if (Evaluate(branch["case"], root).ToBoolean())
            {
                return Evaluate(branch["then"], root);
            }
        }

        return Evaluate(choice["default"], root);
    }

    // What is missing is less than any value.
    private static int Compare(BsonValue pair, BsonDocument root)
    {
        var (one, other) = (Evaluate(pair[0], root), Evaluate(pair[1], root));
        return (one is BsonUndefined, other is BsonUndefined) switch
        {
            (true, true) => 0,
            (true, false) => -1,
            (false, true) => 1,
            _ => one.CompareTo(other),
        };
    }
}
