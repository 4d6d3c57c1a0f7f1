using System.Globalization;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>A loss curve as PNG.</summary>
internal static class PngPlot
{
    private const int Width = 800, Height = 480, Left = 64, Right = 16, Top = 40, Bottom = 48;
    private const byte Text = 1, Grid = 2, Blue = 3, Red = 4;
    private static readonly (byte R, byte G, byte B)[] Palette = [(255, 255, 255), (51, 51, 51), (221, 221, 221), (31, 119, 180), (214, 39, 40)];

    public static byte[] Draw(LossCurve curve)
    {
        var image = new PngImage(Width, Height, Palette);
        var (low, high) = curve.Range;
        image.Write(Left, 14, curve.Title, Text);
        foreach (var tick in LossCurve.Ticks(low, high, 6))
        {
            image.Line(Left, Y(tick), Width - Right, Y(tick), Grid);
            var label = tick.ToString("0.####", CultureInfo.InvariantCulture);
            image.Write(Left - 8 - PngImage.WidthOf(label), Y(tick) - 4, label, Text);
        }

        foreach (var tick in LossCurve.Ticks(curve.FirstStep, curve.LastStep, 8))
        {
            image.Line(X(tick), Top, X(tick), Height - Bottom, Grid);
            var label = tick.ToString("0.##", CultureInfo.InvariantCulture);
            image.Write(X(tick) - (PngImage.WidthOf(label) / 2), Height - Bottom + 8, label, Text);
        }

        image.Write((Left + Width - Right) / 2, Height - 16, "step", Text);
        image.Write(16, Top - 14, "loss", Text);
        Curve(curve.Training, Blue);
        Curve(curve.Evaluation, Red);
        return image.ToBytes();

        int X(double step) => (int)Math.Round(Left + ((step - curve.FirstStep) / (curve.LastStep - curve.FirstStep) * (Width - Left - Right)));

        int Y(double loss) => (int)Math.Round(Height - Bottom - ((loss - low) / (high - low) * (Height - Top - Bottom)));

        void Curve(IReadOnlyList<Point> points, byte colour)
        {
            for (var index = 0; index < points.Count; index++)
            {
                var from = points[Math.Max(0, index - 1)];
                image.Line(X(from.Step), Y(from.Loss), X(points[index].Step), Y(points[index].Loss), colour);
                image.Line(X(from.Step), Y(from.Loss) + 1, X(points[index].Step), Y(points[index].Loss) + 1, colour);
            }
        }
    }
}
