using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Filters that take a filter or a test for each item.</summary>
internal static class SelectFilters
{
    public static Dictionary<string, FilterFunction> All { get; } =
        new()
        {
            ["map"] = Map,
            ["select"] = static (value, arguments, runtime) => Choose(value, arguments, runtime, hasAttribute: false, isWanted: true),
            ["reject"] = static (value, arguments, runtime) => Choose(value, arguments, runtime, hasAttribute: false, isWanted: false),
            ["selectattr"] = static (value, arguments, runtime) => Choose(value, arguments, runtime, hasAttribute: true, isWanted: true),
            ["rejectattr"] = static (value, arguments, runtime) => Choose(value, arguments, runtime, hasAttribute: true, isWanted: false),
        };

    private static object? Map(object? value, Arguments arguments, Runtime runtime)
    {
        Func<object?, object?> change;
        if (arguments.Positional.Count == 0 && arguments.TryGet(int.MaxValue, "attribute", out var path))
        {
            var missing = arguments.Get(int.MaxValue, "default");
            change = item => Members.Path(item, path, runtime) is var found && found is Undefined && missing is not null ? missing : found;
        }
        else
        {
            var filter = Filters.Find(arguments.Text(0, "filter", ""));
            var rest = arguments.Skip(1);
            change = item => filter(item, rest, runtime);
        }

        return Iteration.Generator(runtime.List([.. Each(value, runtime).Select(change)]));
    }

    private static Iteration Choose(object? value, Arguments arguments, Runtime runtime, bool hasAttribute, bool isWanted)
    {
        var path = hasAttribute ? arguments.Required(0, "attribute") : null;
        var at = hasAttribute ? 1 : 0;
        Func<object?, bool> holds = Types.IsTrue;
        if (arguments.TryGet(at, "test", out var name))
        {
            var test = Tests.Find(name as string ?? throw new TemplateException("the name of a test must be a text"));
            var rest = arguments.Skip(at + 1);
            holds = item => test(item, rest, runtime);
        }

        var kept = Each(value, runtime).Where(item => holds(hasAttribute ? Members.Path(item, path, runtime) : item) == isWanted);
        return Iteration.Generator(runtime.List([.. kept]));
    }

    private static IEnumerable<object?> Each(object? value, Runtime runtime)
    {
        foreach (var item in Types.Items(value, runtime))
        {
            runtime.Step();
            yield return item;
        }
    }
}
