using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Methods of dictionaries, lists and tuples that change nothing.</summary>
internal static class CollectionMethods
{
    public static Func<Dict, Arguments, Runtime, object?>? FindOfDict(string name) =>
        name switch
        {
            "get" => static (dict, arguments, _) => dict.TryGet(arguments.Required(0, "key"), out var value) ? value : arguments.Get(1, "default"),
            "items" => static (dict, _, runtime) => new Iteration("dict_items", Items(dict, runtime)),
            "keys" => static (dict, _, runtime) => new Iteration("dict_keys", runtime.List([.. dict.Keys])),
            "values" => static (dict, _, runtime) => new Iteration("dict_values", runtime.List([.. dict.Pairs.Select(static pair => pair.Value)])),
            "copy" => static (dict, _, runtime) => Copy(dict, runtime),
            _ => null,
        };

    public static Func<List<object?>, Arguments, Runtime, object?>? FindOfList(string name) =>
        name switch
        {
            "count" => static (list, arguments, _) => (long)list.Count(item => Compare.AreEqual(item, arguments.Required(0, "value"))),
            "index" => static (list, arguments, _) =>
                list.FindIndex(item => Compare.AreEqual(item, arguments.Required(0, "value"))) is >= 0 and var index
                    ? (long)index
                    : throw new TemplateException("the value is not in the list"),
            "copy" => static (list, _, runtime) => list is TupleList ? list : runtime.List([.. list]),
            _ => null,
        };

    public static List<object?> Items(Dict dict, Runtime runtime)
    {
        runtime.Allocate(96L * dict.Count);
        return [.. dict.Pairs.Select(static object? (pair) => new TupleList([pair.Key, pair.Value]))];
    }

    private static Dict Copy(Dict dict, Runtime runtime)
    {
        runtime.Allocate(64L * dict.Count);
        var copy = new Dict();
        foreach (var (key, value) in dict.Pairs)
        {
            copy.Set(key, value);
        }

        return copy;
    }
}
