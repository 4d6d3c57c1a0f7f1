using System.Numerics;

namespace Ilab.Jinja.Objects;

/// <summary>Converts the values a caller gives to those of the interpreter.</summary>
internal static class Import
{
    public static object? From(object? value, Runtime runtime)
    {
        runtime.Step();
        switch (value)
        {
            case null or string or bool or long or double or BigInteger:
                return value;
            case int or short or byte or uint or sbyte or ushort:
                return Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture);
            case float or decimal:
                return Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);
            case IDictionary<string, object?> mapping:
                runtime.Enter();
                var dict = new Dict();
                foreach (var (key, item) in mapping)
                {
                    dict.Set(key, From(item, runtime));
                }

                runtime.Leave();
                return dict;
            case IEnumerable<object?> list:
                runtime.Enter();
                List<object?> items = [.. list.Select(item => From(item, runtime))];
                runtime.Leave();
                return items;
            default:
                return $"<{value.GetType().Name}>";
        }
    }
}
