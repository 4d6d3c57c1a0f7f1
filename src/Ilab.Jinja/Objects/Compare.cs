using System.Numerics;

namespace Ilab.Jinja.Objects;

/// <summary>Python's equality and order.</summary>
internal static class Compare
{
    public static bool AreEqual(object? one, object? other)
    {
        Runtime.Charge();
        switch (one, other)
        {
            case (Undefined a, _):
                a.Use();
                return other is Undefined;
            case (_, Undefined b):
                b.Use();
                return false;
            case (null, null):
                return true;
            case (null, _) or (_, null):
                return false;
            case (string a, string b):
                Runtime.Charge(Math.Min(a.Length, b.Length) / 64);
                return a == b;
            case (List<object?> a, List<object?> b):
                return a is TupleList == b is TupleList && a.Count == b.Count && a.Zip(b).All(static pair => AreEqual(pair.First, pair.Second));
            case (Dict a, Dict b):
                return a.Count == b.Count && a.Pairs.All(pair => b.TryGet(pair.Key, out var value) && AreEqual(pair.Value, value));
            case (long a, long b):
                return a == b;
            default:
                return Numbers.AsDouble(one) is { } x && Numbers.AsDouble(other) is { } y ? x.Equals(y)
                    : one is BigInteger ? one.Equals(other)
                    : ReferenceEquals(one, other);
        }
    }

    /// <exception cref="TemplateException">They have no order.</exception>
    public static int Order(object? one, object? other, string symbol = "<")
    {
        Runtime.Charge();
        switch (one, other)
        {
            case (Undefined a, _):
                throw a.Error();
            case (_, Undefined b):
                throw b.Error();
            case (string a, string b):
                return OrderTexts(a, b);
            case (long a, long b):
                return a.CompareTo(b);
            case (List<object?> a, List<object?> b) when a is TupleList == b is TupleList:
                for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
                {
                    if (!AreEqual(a[i], b[i]))
                    {
                        return Order(a[i], b[i], symbol);
                    }
                }

                return a.Count.CompareTo(b.Count);
            default:
                return Numbers.AsDouble(one) is { } x && Numbers.AsDouble(other) is { } y
                    ? x.CompareTo(y)
                    : throw new TemplateException($"'{symbol}' not supported between instances of '{Types.Name(one)}' and '{Types.Name(other)}'");
        }
    }

    public static bool IsIn(object? item, object? container, Runtime runtime)
    {
        switch (container)
        {
            case string text:
                Runtime.ChargeScan(text);
                return item is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw (item as Undefined)?.Error() ?? new TemplateException($"'in <string>' requires string as left operand, not {Types.Name(item)}");
            case Dict dict:
                return dict.TryGet(item, out _);
            case Undefined undefined:
                undefined.Use();
                return false;
            default:
                var items = Types.TryItems(container, runtime) ?? throw new TemplateException($"argument of type '{Types.Name(container)}' is not iterable");
                runtime.Step(1 + (items.Count / 16));
                return items.Any(entry => AreEqual(entry, item));
        }
    }

    /// <summary>By code points: surrogates come after the rest of the basic plane.</summary>
    private static int OrderTexts(string a, string b)
    {
        Runtime.Charge(Math.Min(a.Length, b.Length) / 64);
        var at = a.AsSpan().CommonPrefixLength(b);
        return at == a.Length || at == b.Length ? a.Length.CompareTo(b.Length) : Rank(a[at]).CompareTo(Rank(b[at]));

        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }
}
