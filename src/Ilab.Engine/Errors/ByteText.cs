namespace Ilab.Engine.Errors;

/// <summary>Sizes in messages, in the decimal units of the listings: <c>512 MB</c>, <c>8.1 GB</c>.</summary>
public static class ByteText
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    public static string Of(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return value >= 100 || unit == 0 ? FormattableString.Invariant($"{value:0} {Units[unit]}") : FormattableString.Invariant($"{value:0.0} {Units[unit]}");
    }
}
