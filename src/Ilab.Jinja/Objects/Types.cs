using System.Numerics;

namespace Ilab.Jinja.Objects;

/// <summary>Python's names of types, and what all values have in common.</summary>
internal static class Types
{
    public static string Name(object? value) =>
        value switch
        {
            null => "NoneType",
            bool => "bool",
            long or BigInteger => "int",
            double => "float",
            string => "str",
            TupleList => "tuple",
            List<object?> => "list",
            Dict => "dict",
            Iteration iteration => iteration.Type,
            Undefined => "Undefined",
            Namespace => "Namespace",
            Callable callable => callable.TypeName,
            _ => value.GetType().Name,
        };

    /// <summary>As messages about missing members name the object.</summary>
    public static string Described(object? value) =>
        value switch
        {
            null => "None",
            Namespace => "jinja2.utils.Namespace object",
            _ => Name(value) + " object",
        };

    public static bool IsTrue(object? value)
    {
        switch (value)
        {
            case null:
                return false;
            case bool flag:
                return flag;
            case Undefined undefined:
                undefined.Use();
                return false;
            case string text:
                return text.Length > 0;
            case long whole:
                return whole != 0;
            case double number:
                return number != 0;
            case List<object?> list:
                return list.Count > 0;
            case Dict dict:
                return dict.Count > 0;
            case Iteration { IsOnce: false } view:
                return view.Peek.Count > 0;
            default:
                return true;
        }
    }

    /// <exception cref="TemplateException">It is not iterable.</exception>
    public static List<object?> Items(object? value, Runtime runtime) =>
        TryItems(value, runtime) ?? throw new TemplateException($"'{Name(value)}' object is not iterable");

    public static List<object?>? TryItems(object? value, Runtime runtime)
    {
        switch (value)
        {
            case List<object?> list:
                runtime.Step(1 + (list.Count / 16));
                return list;
            case Dict dict:
                return runtime.List([.. dict.Keys]);
            case string text:
                runtime.Allocate(48L * text.Length);
                return [.. CodePoints.Each(text)];
            case Iteration iteration:
                return iteration.Take();
            case Undefined undefined:
                undefined.Use();
                return [];
            default:
                return null;
        }
    }

    /// <returns>Null when it has no length.</returns>
    public static long? Length(object? value)
    {
        switch (value)
        {
            case string text:
                return CodePoints.Length(text);
            case List<object?> list:
                return list.Count;
            case Dict dict:
                return dict.Count;
            case Iteration { IsOnce: false } view:
                return view.Peek.Count;
            case Undefined undefined:
                undefined.Use();
                return 0;
            default:
                return null;
        }
    }
}
