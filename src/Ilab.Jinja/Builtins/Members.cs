using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Attributes and items of values, as the immutable sandbox lets templates see them.</summary>
internal static class Members
{
    private static readonly HashSet<string> ListChanges = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
    private static readonly HashSet<string> DictChanges = ["clear", "pop", "popitem", "setdefault", "update"];

    public static object? Attribute(object? target, string name, Runtime runtime) =>
        target is Undefined undefined ? throw undefined.Error()
        : TryAttribute(target, name, out var value) || TryItem(target, name, out value) ? value
        : name.StartsWith("__", StringComparison.Ordinal) ? Undefined.Unsafe(target, name)
        : runtime.Missing(target, name);

    /// <summary>As <c>getattr</c>: items do not count.</summary>
    public static object? OnlyAttribute(object? target, string name, Runtime runtime) =>
        TryAttribute(target, name, out var value) ? value : runtime.Missing(target, name);

    public static object? Item(object? target, object? key, Runtime runtime) =>
        target is Undefined undefined ? throw undefined.Error()
        : TryItem(target, key, out var value) || (key is string name && TryAttribute(target, name, out value)) ? value
        : key is string hidden && hidden.StartsWith("__", StringComparison.Ordinal) ? Undefined.Unsafe(target, hidden)
        : key is Undefined missing && missing.IsStrict ? throw missing.Error()
        : runtime.Missing(target, key);

    /// <summary>A path as filters take it: <c>a.b.0</c>, or an index.</summary>
    public static object? Path(object? target, object? path, Runtime runtime)
    {
        if (path is not string text)
        {
            return Item(target, path, runtime);
        }

        foreach (var part in text.Split('.'))
        {
            object? key =
                part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) ? long.Parse(part, System.Globalization.CultureInfo.InvariantCulture) : part;
            target = Item(target, key, runtime);
        }

        return target;
    }

    private static bool TryAttribute(object? target, string name, out object? value)
    {
        value = target switch
        {
            string text when TextMethods.Find(name) is { } method => new Function(
                name,
                (arguments, runtime) =>
                {
                    Runtime.ChargeScan(text);
                    return method(text, arguments, runtime);
                }
            ),
            Dict when DictChanges.Contains(name) => Undefined.Unsafe(target, name),
            Dict dict when CollectionMethods.FindOfDict(name) is { } method => new Function(name, (arguments, runtime) => method(dict, arguments, runtime)),
            List<object?> and not TupleList when ListChanges.Contains(name) => Undefined.Unsafe(target, name),
            List<object?> list when CollectionMethods.FindOfList(name) is { } method => new Function(
                name,
                (arguments, runtime) => method(list, arguments, runtime)
            ),
            Loop loop => loop.Attribute(name),
            Callable callable when name == "name" => callable.Name,
            Cycler cycler => cycler.Attribute(name),
            _ => null,
        };
        return value is not null || (target is Loop && name is "previtem" or "nextitem") || Found(target, name, out value);
    }

    private static bool Found(object? target, string name, out object? value)
    {
        value = null;
        return target is Namespace given && given.Attributes.TryGetValue(name, out value);
    }

    private static bool TryItem(object? target, object? key, out object? value)
    {
        value = null;
        switch (target)
        {
            case Dict dict:
                return key is not (Undefined or List<object?> and not TupleList or Dict) && dict.TryGet(key, out value);
            case List<object?> list when Numbers.AsWhole(key) is { } index:
                return TryAt(list, index, out value);
            case Iteration { Type: "range" } range when Numbers.AsWhole(key) is { } index:
                return TryAt(range.Peek, index, out value);
            case string text when Numbers.AsWhole(key) is { } index:
                value = CodePoints.At(text, index);
                return value is not null;
            default:
                return false;
        }
    }

    private static bool TryAt(List<object?> list, long index, out object? value)
    {
        index = index < 0 ? index + list.Count : index;
        value = index >= 0 && index < list.Count ? list[(int)index] : null;
        return index >= 0 && index < list.Count;
    }
}
