using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilab.Jinja.Objects;

/// <summary>How Python formats one value: <c>[[fill]align][sign][0][width][,][.precision][type]</c>.</summary>
internal sealed partial record FormatSpec(char? Align, bool IsZeroFilled, string Sign, bool HasGroups, int Width, int? Precision, char? Type, char Fill = ' ')
{
    public static FormatSpec Parse(string spec)
    {
        var match = Pattern().Match(spec);
        if (!match.Success)
        {
            throw new TemplateException($"Invalid format specifier '{spec}'");
        }

        return new FormatSpec(
            match.Groups["align"] is { Success: true } align ? align.Value[0] : null,
            match.Groups["zero"].Length > 0,
            match.Groups["sign"].Value.TrimEnd('-'),
            match.Groups["groups"].Length > 0,
            match.Groups["width"] is { Length: > 0 } width ? int.Parse(width.Value, CultureInfo.InvariantCulture) : 0,
            match.Groups["precision"] is { Success: true } precision ? int.Parse(precision.Value, CultureInfo.InvariantCulture) : null,
            match.Groups["type"] is { Length: > 0 } type ? type.Value[0] : null,
            match.Groups["fill"] is { Length: > 0 } fill ? fill.Value[0] : ' '
        );
    }

    public string Apply(object? value, Runtime runtime)
    {
        runtime.Allocate(2L * (Width + (Precision ?? 0)));
        if (value is string || Numbers.AsDouble(value) is null || (value is bool && Type is null))
        {
            return Type is null or 's' or 'c'
                ? Pad(Repr.Text(value, runtime) is var text && Precision is { } most ? CodePoints.Slice(text, 0, most, 1) : text, "", '<')
                : throw new TemplateException($"Unknown format code '{Type}' for object of type '{Types.Name(value)}'");
        }

        var number = Numbers.AsDouble(value)!.Value;
        var body = Body(value, Math.Abs(number));
        return Pad(body, number < 0 ? "-" : Sign, '>');
    }

    private string Body(object? value, double number) =>
        Type switch
        {
            'd' => Whole((long)number),
            's' or null when Numbers.AsWhole(value) is { } whole => Whole(Math.Abs(whole)),
            'x' => ((long)number).ToString("x", CultureInfo.InvariantCulture),
            'X' => ((long)number).ToString("X", CultureInfo.InvariantCulture),
            'o' => Convert.ToString((long)number, 8),
            'b' => Convert.ToString((long)number, 2),
            'c' => char.ConvertFromUtf32((int)number),
            'f' or 'F' => number.ToString((HasGroups ? "N" : "F") + (Precision ?? 6), CultureInfo.InvariantCulture),
            '%' => (number * 100).ToString("F" + (Precision ?? 6), CultureInfo.InvariantCulture) + "%",
            'e' or 'E' => number.ToString($"0.{new string('0', Precision ?? 6)}{Type}+00", CultureInfo.InvariantCulture),
            'g' or 'G' => number.ToString("G" + (Precision ?? 6), CultureInfo.InvariantCulture),
            _ => Precision is { } digits ? number.ToString("G" + digits, CultureInfo.InvariantCulture) : Numbers.Text(number),
        };

    private string Whole(long number) => number.ToString(HasGroups ? "N0" : "D", CultureInfo.InvariantCulture);

    private string Pad(string body, string sign, char otherwise)
    {
        var missing = Width - CodePoints.Length(body) - sign.Length;
        if (missing <= 0)
        {
            return sign + body;
        }

        var align = IsZeroFilled && Align is null or '>' && otherwise == '>' && IsZeroFilled ? '=' : Align ?? otherwise;
        var fill = new string(IsZeroFilled && align == '=' ? '0' : Fill, missing);
        return align switch
        {
            '<' => sign + body + fill,
            '=' => sign + fill + body,
            '^' => fill[..(missing / 2)] + sign + body + fill[(missing / 2)..],
            _ => fill + sign + body,
        };
    }

    [GeneratedRegex(
        @"^(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?#?(?<zero>0)?(?<width>\d{0,4})(?<groups>[,_])?(?:\.(?<precision>\d{1,3}))?(?<type>[a-zA-Z%])?$",
        RegexOptions.Singleline
    )]
    private static partial Regex Pattern();
}
