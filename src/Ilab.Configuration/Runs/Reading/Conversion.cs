using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Single values to the type of a field, as the reference converts them.</summary>
internal static class Conversion
{
    private static readonly string[] True = ["yes", "y", "on", "true"];
    private static readonly string[] False = ["no", "n", "off", "false"];

    /// <returns>False when the value does not fit.</returns>
    public static bool TryConvert(FieldType type, object? value, out object? converted)
    {
        converted = null;
        if (value is null)
        {
            return type.IsOptional;
        }

        switch (type.Shape)
        {
            case FieldShape.Text:
                converted = PythonText.Of(value);
                break;
            case FieldShape.Bool:
                converted = Flag(value);
                break;
            case FieldShape.Int:
                converted = value switch
                {
                    Int128 => value,
                    string text => PythonText.Whole(text),
                    _ => null,
                };
                break;
            case FieldShape.Float:
                converted = value switch
                {
                    Int128 whole => (double)whole,
                    double => value,
                    string text => PythonText.Number(text),
                    _ => null,
                };
                break;
            case FieldShape.Choice:
                converted = value is string name ? Choice(type.Name, name) : null;
                break;
            case FieldShape.Union:
                converted = value switch
                {
                    string text when type.Takes(FieldShape.Text) || IsInterpolation(text) => value,
                    Int128 when type.Takes(FieldShape.Int) => value,
                    Int128 whole when type.Takes(FieldShape.Float) => (double)whole,
                    double when type.Takes(FieldShape.Float) => value,
                    _ => null,
                };
                break;
            case FieldShape.Any:
                converted = value;
                break;
            default:
                // A reference to somewhere else stands for a list or a mapping, too.
                converted = type.Shape != FieldShape.Section && value is string other && IsInterpolation(other) ? value : null;
                break;
        }

        return converted is not null;
    }

    public static bool IsInterpolation(string text) => text.IndexOf("${", StringComparison.Ordinal) is var at and >= 0 && text.IndexOf('}', at) >= 0;

    private static object? Flag(object value) =>
        value switch
        {
            bool => value,
            Int128 whole => whole != 0,
            string text when PythonText.Whole(text) is { } whole => whole != 0,
            string text when True.Contains(text.ToLowerInvariant()) => true,
            string text when False.Contains(text.ToLowerInvariant()) => false,
            _ => null,
        };

    private static string? Choice(string set, string name)
    {
        var word = name.StartsWith(set + ".", StringComparison.Ordinal) ? name[(set.Length + 1)..] : name;
        return RunSchema.Choices(set).FirstOrDefault(choice => choice.Name == word)?.Name;
    }
}
