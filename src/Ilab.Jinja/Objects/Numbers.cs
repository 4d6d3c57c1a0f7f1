using System.Globalization;

namespace Ilab.Jinja.Objects;

/// <summary>Python's numbers.</summary>
internal static class Numbers
{
    public static double? AsDouble(object? value) =>
        value switch
        {
            bool flag => flag ? 1 : 0,
            long whole => whole,
            double number => number,
            _ => null,
        };

    public static long? AsWhole(object? value) =>
        value switch
        {
            bool flag => flag ? 1 : 0,
            long whole => whole,
            _ => null,
        };

    /// <summary>As Python's <c>repr</c> writes it: the shortest text that gives the number back.</summary>
    public static string Text(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }

        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var (mantissa, power) = shortest.Split('E') is [var before, var after] ? (before, int.Parse(after, CultureInfo.InvariantCulture)) : (shortest, 0);
        var point = mantissa.TrimStart('-').Split('.');
        var all = string.Concat(point);
        var digits = all.TrimStart('0').TrimEnd('0');
        var exponent = power + point[0].Length - 1 - (all.Length - all.TrimStart('0').Length);
        var sign = double.IsNegative(number) ? "-" : "";
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }

        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        return exponent < 0 ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
            : digits.Length <= exponent + 1 ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    public static object Add(long a, long b) => Checked(() => checked(a + b));

    public static object Subtract(long a, long b) => Checked(() => checked(a - b));

    public static object Multiply(long a, long b) => Checked(() => checked(a * b));

    public static long FloorDivide(long a, long b) =>
        b == 0 ? throw ZeroDivision()
        : b == -1 ? (long)Subtract(0, a)
        : (a / b) - (a % b != 0 && a < 0 != b < 0 ? 1 : 0);

    public static long Modulo(long a, long b)
    {
        if (b is 0 or -1)
        {
            return b == 0 ? throw ZeroDivision() : 0;
        }

        var rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }

    public static double Modulo(double a, double b) => b == 0 ? throw ZeroDivision() : a - (b * Math.Floor(a / b));

    public static object Power(object a, object b)
    {
        if (AsWhole(a) is not { } number || AsWhole(b) is not { } times || times < 0)
        {
            return Math.Pow(AsDouble(a)!.Value, AsDouble(b)!.Value);
        }

        var power = System.Numerics.BigInteger.One;
        for (; times > 0; times--)
        {
            power *= number;
            if (power > long.MaxValue || power < long.MinValue)
            {
                throw TooBig();
            }

            if (number is 0 or 1 or -1)
            {
                return number == -1 && times % 2 == 0 ? 1L : number;
            }
        }

        return (long)power;
    }

    public static TemplateException ZeroDivision() => new("division by zero");

    private static object Checked(Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw TooBig();
        }
    }

    private static TemplateException TooBig() => new("integers beyond 64 bits are not supported");
}
