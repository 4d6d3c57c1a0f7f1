using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Filters for texts; other values are converted.</summary>
internal static class TextFilters
{
    public static Dictionary<string, FilterFunction> All { get; } =
        new()
        {
            ["upper"] = Of(static (text, _, _) => Casing.Upper(text)),
            ["lower"] = Of(static (text, _, _) => Casing.Lower(text)),
            ["capitalize"] = Of(static (text, _, _) => Casing.Capitalize(text)),
            ["title"] = Of(static (text, _, _) => Casing.TitleWords(text)),
            ["trim"] = Of(static (text, arguments, runtime) => Trimming.Strip(text, arguments.Get(0, "chars"), true, true, runtime)),
            ["strip"] = Of(static (text, arguments, runtime) => Trimming.Strip(text, arguments.Get(0, "chars"), true, true, runtime)),
            ["replace"] = Of(Replace),
            ["indent"] = Of(Indent),
            ["format"] = static (value, arguments, runtime) =>
                Repr.Text(value, runtime) is var text && arguments.Named.Count > 0
                    ? PercentFormat.Apply(text, Named(arguments), runtime)
                    : PercentFormat.Apply(text, new TupleList(arguments.Positional), runtime),
            ["center"] = Of(static (text, arguments, runtime) => Trimming.Pad(text, arguments, '^', runtime)),
            ["truncate"] = Of(Truncate),
            ["wordcount"] = Of(static (text, _, runtime) => (long)Splitting.Split(text, Arguments.Of("split"), runtime).Count),
            ["escape"] = Of(Escape),
            ["e"] = Of(Escape),
            ["forceescape"] = Of(Escape),
            ["urlencode"] = Of(static (text, _, _) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal)),
        };

    private static FilterFunction Of(Func<string, Arguments, Runtime, object?> change) =>
        (value, arguments, runtime) =>
        {
            var text = Repr.Text(value, runtime);
            runtime.Allocate(24 + (2L * text.Length));
            return change(text, arguments, runtime);
        };

    private static string Replace(string text, Arguments arguments, Runtime runtime) =>
        Replacing.Replace(
            text,
            Repr.Text(arguments.Required(0, "old"), runtime),
            Repr.Text(arguments.Required(1, "new"), runtime),
            arguments.Whole(2, "count", -1),
            runtime
        );

    private static string Indent(string text, Arguments arguments, Runtime runtime)
    {
        var indention = arguments.Get(0, "width", 4L) switch
        {
            string given => given,
            var width => new string(' ', (int)Math.Clamp(Numbers.AsWhole(width) ?? 4, 0, 10_000)),
        };
        var (isFirst, isBlank) = (arguments.Flag(1, "first"), arguments.Flag(2, "blank"));
        runtime.Allocate(2L * (text.AsSpan().Count('\n') + 1L) * indention.Length);
        var lines = Splitting.Lines(text + "\n", keepsEnds: false, runtime).Cast<string>();
        return string.Join('\n', lines.Select((line, index) => (index == 0 ? isFirst : isBlank || line.Length > 0) ? indention + line : line));
    }

    private static Dict Named(Arguments arguments)
    {
        var dict = new Dict();
        foreach (var (key, value) in arguments.Named)
        {
            dict.Set(key, value);
        }

        return dict;
    }

    private static string Truncate(string text, Arguments arguments, Runtime runtime)
    {
        var (length, end) = (arguments.Whole(0, "length", 255), arguments.Text(2, "end", "..."));
        if (CodePoints.Length(text) <= length + arguments.Whole(3, "leeway", 5))
        {
            return text;
        }

        var cut = CodePoints.Slice(text, 0, Math.Max(0, length - end.Length), 1);
        var space = cut.LastIndexOf(' ');
        return (arguments.Flag(1, "killwords") || space < 0 ? cut : cut[..space]) + end;
    }

    private static string Escape(string text, Arguments arguments, Runtime runtime)
    {
        runtime.Allocate(8L * text.Length);
        return text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);
    }
}
