using System.Globalization;
using System.Text;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>A loss curve in Braille characters of eight dots.</summary>
internal static class TerminalPlot
{
    private const int FirstPattern = 0x2800,
        Across = 2,
        Down = 4,
        LabelWidth = 9;
    private static readonly int[] Bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

    /// <param name="curve">What to plot.</param>
    /// <param name="columns">Width including labels.</param>
    /// <param name="rows">Height of the plot area.</param>
    public static string Draw(LossCurve curve, int columns, int rows)
    {
        var width = Math.Max(10, columns - LabelWidth - 2);
        var dots = new int[rows, width];
        var (low, high) = curve.Range;
        (int X, int Y)? last = null;
        foreach (var point in curve.Training)
        {
            var x = (int)Math.Round((point.Step - curve.FirstStep) / (curve.LastStep - curve.FirstStep) * ((width * Across) - 1));
            var y = (int)Math.Round((high - point.Loss) / (high - low) * ((rows * Down) - 1));
            Join(last ?? (x, y), (x, y));
            last = (x, y);
        }

        var text = new StringBuilder(curve.Title).Append('\n');
        for (var row = 0; row < rows; row++)
        {
            var label =
                row == 0 ? high
                : row == rows - 1 ? low
                : row == rows / 2 ? (high + low) / 2
                : double.NaN;
            text.Append((double.IsNaN(label) ? "" : label.ToString("0.0000", CultureInfo.InvariantCulture)).PadLeft(LabelWidth)).Append(" \u2502");
            for (var column = 0; column < width; column++)
            {
                text.Append(dots[row, column] == 0 ? ' ' : (char)(FirstPattern + dots[row, column]));
            }

            text.Length -= text.ToString().Length - text.ToString().TrimEnd(' ').Length;
            text.Append('\n');
        }

        var (first, end) = (curve.FirstStep.ToString(CultureInfo.InvariantCulture), curve.LastStep.ToString(CultureInfo.InvariantCulture));
        text.Append(' ', LabelWidth).Append(" \u2514").Append('\u2500', width).Append('\n');
        return text.Append(' ', LabelWidth + 2)
            .Append(first)
            .Append("step".PadLeft((width / 2) - first.Length + 2))
            .Append(end.PadLeft(width - (width / 2) - 2))
            .Append('\n')
            .ToString();

        void Join((int X, int Y) from, (int X, int Y) to)
        {
            var steps = Math.Max(1, Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)));
            for (var step = 0; step <= steps; step++)
            {
                var (x, y) = (from.X + ((to.X - from.X) * step / steps), from.Y + ((to.Y - from.Y) * step / steps));
                dots[y / Down, x / Across] |= Bits[(y % Down * Across) + (x % Across)];
            }
        }
    }
}
