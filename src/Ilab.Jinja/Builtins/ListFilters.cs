using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Filters for lists and other iterables.</summary>
internal static class ListFilters
{
    public static Dictionary<string, FilterFunction> All { get; } =
        new()
        {
            ["list"] = static (value, _, runtime) => runtime.List([.. Types.Items(value, runtime)]),
            ["first"] = static (value, _, runtime) => Types.Items(value, runtime) is { Count: > 0 } items ? items[0] : Empty("first", runtime),
            ["last"] = static (value, _, runtime) => Types.Items(value, runtime) is { Count: > 0 } items ? items[^1] : Empty("last", runtime),
            ["join"] = Join,
            ["items"] = Items,
            ["reverse"] = Reverse,
            ["sum"] = Sum,
            ["batch"] = Batch,
            ["slice"] = Slice,
        };

    private static Undefined Empty(string which, Runtime runtime) => new($"No {which} item, sequence was empty.", which, runtime.IsStrict);

    private static object? Join(object? value, Arguments arguments, Runtime runtime)
    {
        var separator = Repr.Text(arguments.Get(0, "d", ""), runtime);
        var path = arguments.Get(1, "attribute");
        var texts = Types.Items(value, runtime).Select(item => Repr.Text(path is null ? item : Members.Path(item, path, runtime), runtime)).ToList();
        runtime.Allocate(24 + texts.Sum(text => 2L * (text.Length + separator.Length)));
        return string.Join(separator, texts);
    }

    private static object? Items(object? value, Arguments arguments, Runtime runtime) =>
        value switch
        {
            Undefined undefined when !undefined.IsStrict => Iteration.Generator([]),
            Dict dict => Iteration.Generator(CollectionMethods.Items(dict, runtime)),
            Undefined undefined => throw undefined.Error(),
            _ => throw new TemplateException("Can only get item pairs from a mapping."),
        };

    private static object? Reverse(object? value, Arguments arguments, Runtime runtime)
    {
        if (value is string text)
        {
            return runtime.Text(CodePoints.Slice(text, null, null, -1));
        }

        List<object?> items = [.. Types.Items(value, runtime).AsEnumerable().Reverse()];
        return new Iteration("list_reverseiterator", runtime.List(items), "<list_reverseiterator object>");
    }

    private static object? Sum(object? value, Arguments arguments, Runtime runtime)
    {
        var path = arguments.Get(0, "attribute");
        return Types
            .Items(value, runtime)
            .Aggregate(
                arguments.Get(1, "start", 0L),
                (sum, item) => Operators.Apply("+", sum, path is null ? item : Members.Path(item, path, runtime), runtime)
            );
    }

    private static object? Batch(object? value, Arguments arguments, Runtime runtime)
    {
        var size = (int)Math.Clamp(arguments.Whole(0, "linecount", 1), 1, int.MaxValue);
        var items = runtime.List(Types.Items(value, runtime));
        List<object?> batches = [.. items.Chunk(size).Select(static object? (chunk) => chunk.ToList())];
        if (arguments.Get(1, "fill_with") is { } fill && batches is [.., List<object?> last] && last.Count < size)
        {
            runtime.Allocate(16L * (size - last.Count));
            last.AddRange(Enumerable.Repeat<object?>(fill, size - last.Count));
        }

        return Iteration.Generator(batches);
    }

    private static object? Slice(object? value, Arguments arguments, Runtime runtime)
    {
        var slices = (int)Math.Clamp(arguments.Whole(0, "slices", 1), 1, 100_000);
        var items = runtime.List(Types.Items(value, runtime));
        runtime.Allocate(64L * slices);
        var (each, larger, result, at) = (items.Count / slices, items.Count % slices, new List<object?>(), 0);
        for (var i = 0; i < slices; i++)
        {
            var size = each + (i < larger ? 1 : 0);
            var slice = items.GetRange(at, size);
            if (arguments.Get(1, "fill_with") is { } fill && i >= larger && larger > 0)
            {
                slice.Add(fill);
            }

            result.Add(slice);
            at += size;
        }

        return Iteration.Generator(result);
    }
}
