namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Formats sizes: <c>512 MiB</c>, <c>8.1 GiB</c>.</summary>
public static class ByteText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Of(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value >= 100 || unit == 0 ? FormattableString.Invariant($"{value:0} {Units[unit]}") : FormattableString.Invariant($"{value:0.0} {Units[unit]}");
    }
}
