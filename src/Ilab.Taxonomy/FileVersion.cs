using System.Globalization;
using System.Numerics;
using Ilab.Yaml;

namespace Ilab.Taxonomy;

/// <summary>The schema version that a file names: the first if it names none, or something that is not a number.</summary>
internal static class FileVersion
{
    public static int Of(YamlMapping root) =>
        root.Find("version") switch
        {
            YamlScalar { Kind: YamlKind.Integer } number => Whole(number.Identity.AsSpan(2)),
            YamlScalar { Kind: YamlKind.Float } number => YamlTyping.Float(number.Text) is { } value && double.IsFinite(value)
                ? (int)Math.Clamp(value, int.MinValue, int.MaxValue)
                : 1,
            YamlScalar { Kind: YamlKind.Boolean } flag => flag.Identity == "b:True" ? 1 : 0,
            YamlScalar { Kind: YamlKind.Text } text => Whole(text.Text.AsSpan().Trim()),
            _ => 1,
        };

    private static int Whole(ReadOnlySpan<char> text) =>
        BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? (int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, value))
            : 1;
}
