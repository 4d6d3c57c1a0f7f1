using System.Globalization;
using System.Net;
using System.Text;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>A loss curve as SVG.</summary>
internal static class SvgPlot
{
    private const int Width = 800,
        Height = 480,
        Left = 64,
        Right = 16,
        Top = 40,
        Bottom = 48;

    public static string Draw(LossCurve curve)
    {
        var (low, high) = curve.Range;
        var svg = new StringBuilder();
        Part($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" ");
        Line($"font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">");
        Part($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/><text x=\"{Left}\" y=\"24\" ");
        Line($"font-size=\"15\">{WebUtility.HtmlEncode(curve.Title)}</text>");
        foreach (var tick in LossCurve.Ticks(low, high, 6))
        {
            Part($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\" stroke=\"#ddd\"/><text ");
            Line($"x=\"{Left - 8}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{tick:0.####}</text>");
        }

        foreach (var tick in LossCurve.Ticks(curve.FirstStep, curve.LastStep, 8))
        {
            Part($"<line x1=\"{X(tick):0.#}\" x2=\"{X(tick):0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"#eee\"/><text ");
            Line($"x=\"{X(tick):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{tick:0.##}</text>");
        }

        Line($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">step</text><text x=\"16\" y=\"{Top - 8}\">loss</text>");
        Curve(curve.Training, "#1f77b4", 1.5);
        Curve(curve.Evaluation, "#d62728", 2);
        foreach (var point in curve.Evaluation)
        {
            Part($"<circle cx=\"{X(point.Step):0.##}\" cy=\"{Y(point.Loss):0.##}\" r=\"3\" ");
            Line($"fill=\"#d62728\"><title>step {point.Step}: {point.Loss:0.####} on held-out samples</title></circle>");
        }

        Line($"</svg>");
        return svg.ToString();

        double X(double step) => Left + ((step - curve.FirstStep) / (curve.LastStep - curve.FirstStep) * (Width - Left - Right));

        double Y(double loss) => Height - Bottom - ((loss - low) / (high - low) * (Height - Top - Bottom));

        void Curve(IReadOnlyList<Point> points, string colour, double width)
        {
            var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Step):0.##},{Y(point.Loss):0.##}")));
            if (path.Length > 0)
            {
                Line($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" points=\"{path}\"/>");
            }
        }

        void Part(FormattableString text) => svg.Append(FormattableString.Invariant(text));

        void Line(FormattableString text) => svg.Append(FormattableString.Invariant(text)).Append('\n');
    }
}
