namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Both forms of GELU, with their slopes.</summary>
internal static class PlainGelu
{
    private const int Terms = 150;

    /// <summary>x times the share of the normal distribution below it.</summary>
    public static (double Value, double Slope) Exact(double x)
    {
        var (density, below) = (Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI), Below(x));
        return (x * below, below + (x * density));
    }

    public static (double Value, double Slope) Tanh(double x)
    {
        var root = Math.Sqrt(2 / Math.PI);
        var bent = Math.Tanh(root * (x + (0.044715 * x * x * x)));
        return (0.5 * x * (1 + bent), (0.5 * (1 + bent)) + (0.5 * x * (1 - (bent * bent)) * root * (1 + (3 * 0.044715 * x * x))));
    }

    // 1/2 and the density times x + x^3/3 + x^5/15 + ...
    private static double Below(double x)
    {
        var (term, sum) = (x, x);
        for (var index = 3; index < Terms; index += 2)
        {
            term *= x * x / index;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI));
    }
}
