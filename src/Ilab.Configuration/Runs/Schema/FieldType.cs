namespace Ilab.Configuration.Runs.Schema;

public enum FieldShape
{
    Text,
    Bool,
    Int,
    Float,
    Any,

    /// <summary>One of several shapes of a single value; it is taken as it is written.</summary>
    Union,

    /// <summary>One of a fixed set of words.</summary>
    Choice,

    /// <summary>A section with fields of its own.</summary>
    Section,
    List,

    /// <summary>Keys of the writer's own choice.</summary>
    Map,
}

/// <summary>What may stand in a field.</summary>
/// <param name="IsOptional">Whether null is a value.</param>
/// <param name="Name">Of the class or of the set of words.</param>
/// <param name="Item">Of a list, or of the values of a map.</param>
/// <param name="Key">Of the keys of a map.</param>
/// <param name="Union">The shapes of a union.</param>
public sealed record FieldType(
    FieldShape Shape,
    bool IsOptional = false,
    string Name = "",
    FieldType? Item = null,
    FieldType? Key = null,
    IReadOnlyList<FieldShape>? Union = null
)
{
    public bool Takes(FieldShape shape) => Shape == shape || (Union?.Contains(shape) ?? false);

    /// <summary>For messages: "a whole number", "a list of texts".</summary>
    public string Description =>
        Shape switch
        {
            FieldShape.Text => "text",
            FieldShape.Bool => "true or false",
            FieldShape.Int => "a whole number",
            FieldShape.Float => "a number",
            FieldShape.Choice => "one of " + string.Join(", ", RunSchema.Choices(Name).Select(static choice => choice.Name)),
            FieldShape.Section => "a section with keys and values",
            FieldShape.List => Item!.Shape switch
            {
                FieldShape.Section => "a list of sections, each of them starting with '- '",
                FieldShape.Text => "a list of texts",
                FieldShape.Int => "a list of whole numbers",
                _ => "a list",
            },
            FieldShape.Map => "a mapping of keys and values",
            FieldShape.Union => string.Join(" or ", Union!.Select(static shape => new FieldType(shape).Description)),
            _ => "a value",
        };

    internal static FieldType Read(string text)
    {
        var optional = text.EndsWith('?');
        var name = optional ? text[..^1] : text;
        if (name.StartsWith("list<", StringComparison.Ordinal))
        {
            return new FieldType(FieldShape.List, optional, Item: Read(name[5..^1]));
        }

        if (name.StartsWith("map<", StringComparison.Ordinal))
        {
            var comma = name.IndexOf(',', StringComparison.Ordinal);
            return new FieldType(FieldShape.Map, optional, Item: Read(name[(comma + 1)..^1]), Key: Read(name[4..comma]));
        }

        if (name.Contains('/', StringComparison.Ordinal))
        {
            return new FieldType(FieldShape.Union, optional, Union: [.. name.Split('/').Select(static part => Read(part).Shape)]);
        }

        return name switch
        {
            "text" => new FieldType(FieldShape.Text, optional),
            "bool" => new FieldType(FieldShape.Bool, optional),
            "int" => new FieldType(FieldShape.Int, optional),
            "float" => new FieldType(FieldShape.Float, optional),
            "any" => new FieldType(FieldShape.Any, true),
            ['@', .. var choice] => new FieldType(FieldShape.Choice, optional, choice),
            _ => new FieldType(FieldShape.Section, optional, name),
        };
    }
}
