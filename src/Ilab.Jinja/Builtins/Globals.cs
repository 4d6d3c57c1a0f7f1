using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Functions that all templates have.</summary>
internal static class Globals
{
    /// <summary>The sandbox's longest range.</summary>
    private const int LongestRange = 100_000;

    public static IReadOnlyDictionary<string, object?> All { get; } =
        new Function[]
        {
            new("raise_exception", static (arguments, runtime) => throw new TemplateRefusedException(Repr.Text(arguments.Required(0, "message"), runtime))),
            new("strftime_now", static (arguments, runtime) => Strftime.Format(runtime.Options.Clock.GetLocalNow(), arguments.Text(0, "format", ""))),
            new("namespace", static (arguments, runtime) => MakeNamespace(arguments, runtime)),
            new("dict", static (arguments, runtime) => MakeDict(arguments, runtime)),
            new("range", Range),
            new(
                "cycler",
                static (arguments, _) =>
                    arguments.Count > 0 ? new Cycler(arguments.Positional) : throw new TemplateException("at least one item has to be provided")
            ),
            new("joiner", static (arguments, _) => Joiner(arguments.Text(0, "sep", ", "))),
        }.ToDictionary(static function => function.Name, static object? (function) => function);

    private static Function Joiner(string separator)
    {
        var isUsed = false;
        return new Function(
            "joiner",
            (_, _) =>
            {
                var text = isUsed ? separator : "";
                isUsed = true;
                return text;
            }
        );
    }

    private static Namespace MakeNamespace(Arguments arguments, Runtime runtime)
    {
        var result = new Namespace();
        foreach (var (key, value) in MakeDict(arguments, runtime).Pairs)
        {
            result.Attributes[Repr.Text(key, runtime)] = value;
        }

        return result;
    }

    private static Dict MakeDict(Arguments arguments, Runtime runtime)
    {
        var dict = new Dict();
        if (arguments.Positional.Count > 0)
        {
            var source = arguments.Positional[0];
            runtime.Allocate(64 * (Types.Length(source) ?? 8));
            var pairs = source is Dict from
                ? from.Pairs
                : Types
                    .Items(source, runtime)
                    .Select(item => Types.Items(item, runtime))
                    .Select(static pair =>
                        pair.Count == 2
                            ? KeyValuePair.Create(pair[0], pair[1])
                            : throw new TemplateException("dictionary update sequence element needs length 2")
                    );
            foreach (var (key, value) in pairs)
            {
                dict.Set(key, value);
            }
        }

        runtime.Allocate(128 + (64L * arguments.Named.Count));
        foreach (var (key, value) in arguments.Named)
        {
            dict.Set(key, value);
        }

        return dict;
    }

    private static Iteration Range(Arguments arguments, Runtime runtime)
    {
        var first = arguments.Whole(0, "start", 0);
        var (start, end) = arguments.Positional.Count < 2 ? (0, first) : (first, arguments.Whole(1, "stop", 0));
        var step = arguments.Whole(2, "step", 1);
        if (step == 0)
        {
            throw new TemplateException("range() arg 3 must not be zero");
        }

        var count = step > 0 ? Math.Ceiling(((double)end - start) / step) : Math.Ceiling(((double)start - end) / -(double)step);
        if (count > LongestRange)
        {
            throw new TemplateException($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LongestRange}).");
        }

        runtime.Allocate(32 + (40L * (long)Math.Max(count, 0)));
        List<object?> numbers = [.. Enumerable.Range(0, (int)Math.Max(count, 0)).Select(object? (i) => start + (i * step))];
        return new Iteration("range", numbers, step == 1 ? $"range({start}, {end})" : $"range({start}, {end}, {step})");
    }
}
