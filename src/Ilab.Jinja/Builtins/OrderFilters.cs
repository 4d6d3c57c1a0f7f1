using System.Runtime.ExceptionServices;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Filters that compare items.</summary>
internal static class OrderFilters
{
    private static readonly Comparer<object?> Order = Comparer<object?>.Create(static (a, b) => Compare.Order(a, b));

    public static Dictionary<string, FilterFunction> All { get; } =
        new()
        {
            ["sort"] = Sort,
            ["dictsort"] = DictSort,
            ["unique"] = Unique,
            ["min"] = static (value, arguments, runtime) => Extreme(value, arguments, runtime, isMost: false),
            ["max"] = static (value, arguments, runtime) => Extreme(value, arguments, runtime, isMost: true),
            ["groupby"] = GroupBy,
        };

    private static object? Sort(object? value, Arguments arguments, Runtime runtime)
    {
        var key = Key(arguments.Get(2, "attribute"), arguments.Flag(1, "case_sensitive"), runtime);
        return Sorted(Types.Items(value, runtime), key, arguments.Flag(0, "reverse"), runtime);
    }

    private static object? DictSort(object? value, Arguments arguments, Runtime runtime)
    {
        var dict = value as Dict ?? throw (value as Undefined)?.Error() ?? new TemplateException($"'{Types.Name(value)}' object has no attribute 'items'");
        var position = arguments.Text(1, "by", "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateException("You can only sort by either \"key\" or \"value\""),
        };
        var isCaseSensitive = arguments.Flag(0, "case_sensitive");
        return Sorted(
            CollectionMethods.Items(dict, runtime),
            pair => Folded(((TupleList)pair!)[position], isCaseSensitive),
            arguments.Flag(2, "reverse"),
            runtime
        );
    }

    private static object? Unique(object? value, Arguments arguments, Runtime runtime)
    {
        var key = Key(arguments.Get(1, "attribute"), arguments.Flag(0, "case_sensitive"), runtime);
        var (seen, kept) = (new Dict(), new List<object?>());
        foreach (var item in Types.Items(value, runtime))
        {
            runtime.Allocate(96);
            var found = key(item);
            if (!seen.TryGet(found, out _))
            {
                seen.Set(found, null);
                kept.Add(item);
            }
        }

        return Iteration.Generator(kept);
    }

    private static object? Extreme(object? value, Arguments arguments, Runtime runtime, bool isMost)
    {
        var key = Key(arguments.Get(1, "attribute"), arguments.Flag(0, "case_sensitive"), runtime);
        var items = Types.Items(value, runtime);
        if (items.Count == 0)
        {
            return new Undefined("No aggregated item, sequence was empty.", "item", runtime.IsStrict);
        }

        runtime.Step(items.Count);
        return isMost ? items.MaxBy(key, Order) : items.MinBy(key, Order);
    }

    private static object? GroupBy(object? value, Arguments arguments, Runtime runtime)
    {
        var (path, missing) = (arguments.Required(0, "attribute"), arguments.Get(1, "default"));
        var key = Key(path, arguments.Flag(2, "case_sensitive"), runtime);
        object? KeyOf(object? item) => key(item) is Undefined && missing is not null ? missing : key(item);
        var groups = new List<object?>();
        object? last = null;
        foreach (var item in Sorted(Types.Items(value, runtime), KeyOf, false, runtime))
        {
            var found = KeyOf(item);
            if (groups.Count == 0 || !Compare.AreEqual(last, found))
            {
                groups.Add(new TupleList([Members.Path(item, path, runtime), new List<object?>()]));
                last = found;
            }

            ((List<object?>)((TupleList)groups[^1]!)[1]!).Add(item);
        }

        return groups;
    }

    private static List<object?> Sorted(List<object?> items, Func<object?, object?> key, bool isReverse, Runtime runtime)
    {
        runtime.Step(1 + (items.Count * (int)Math.Log2(items.Count + 2)));
        runtime.Allocate(32L * items.Count);
        try
        {
            return [.. isReverse ? items.OrderByDescending(key, Order) : items.OrderBy(key, Order)];
        }
        catch (InvalidOperationException exception) when (exception.InnerException is TemplateException reason)
        {
            ExceptionDispatchInfo.Throw(reason);
            throw;
        }
    }

    private static Func<object?, object?> Key(object? path, bool isCaseSensitive, Runtime runtime)
    {
        var paths = path is string text ? text.Split(',') : null;
        return paths is { Length: > 1 }
            ? item => new TupleList(paths.Select(part => Folded(Members.Path(item, part, runtime), isCaseSensitive)))
            : item => Folded(path is null ? item : Members.Path(item, path, runtime), isCaseSensitive);
    }

    private static object? Folded(object? value, bool isCaseSensitive) => value is string text && !isCaseSensitive ? Casing.Lower(text) : value;
}
