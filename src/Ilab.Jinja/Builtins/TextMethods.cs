using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>What a method does with a text.</summary>
internal delegate object? TextMethod(string text, Arguments arguments, Runtime runtime);

/// <summary>Methods of Python's texts.</summary>
internal static class TextMethods
{
    private static readonly Dictionary<string, TextMethod> All = new()
    {
        ["upper"] = static (text, _, runtime) => runtime.Text(Casing.Upper(text)),
        ["lower"] = static (text, _, runtime) => runtime.Text(Casing.Lower(text)),
        ["casefold"] = static (text, _, runtime) => runtime.Text(Casing.Lower(text).Replace("ß", "ss", StringComparison.Ordinal)),
        ["title"] = static (text, _, runtime) => runtime.Text(Casing.Title(text)),
        ["capitalize"] = static (text, _, runtime) => runtime.Text(Casing.Capitalize(text)),
        ["swapcase"] = static (text, _, runtime) =>
            runtime.Text(string.Concat(text.Select(static c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)))),
        ["strip"] = static (text, arguments, runtime) => Trimming.Strip(text, arguments.Get(0, "chars"), true, true, runtime),
        ["lstrip"] = static (text, arguments, runtime) => Trimming.Strip(text, arguments.Get(0, "chars"), true, false, runtime),
        ["rstrip"] = static (text, arguments, runtime) => Trimming.Strip(text, arguments.Get(0, "chars"), false, true, runtime),
        ["split"] = static (text, arguments, runtime) => Splitting.Split(text, arguments, runtime),
        ["rsplit"] = static (text, arguments, runtime) => Splitting.SplitFromEnd(text, arguments, runtime),
        ["splitlines"] = static (text, arguments, runtime) => Splitting.Lines(text, arguments.Flag(0, "keepends"), runtime),
        ["partition"] = static (text, arguments, runtime) => Splitting.Partition(text, arguments.Text(0, "sep", ""), false, runtime),
        ["rpartition"] = static (text, arguments, runtime) => Splitting.Partition(text, arguments.Text(0, "sep", ""), true, runtime),
        ["startswith"] = static (text, arguments, _) => Affixed(text, arguments, static (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = static (text, arguments, _) => Affixed(text, arguments, static (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        ["removeprefix"] = static (text, arguments, _) =>
            arguments.Text(0, "prefix", "") is var part && text.StartsWith(part, StringComparison.Ordinal) ? text[part.Length..] : text,
        ["removesuffix"] = static (text, arguments, _) =>
            arguments.Text(0, "suffix", "") is var part && text.EndsWith(part, StringComparison.Ordinal) ? text[..^part.Length] : text,
        ["replace"] = static (text, arguments, runtime) =>
            Replacing.Replace(text, arguments.Text(0, "old", ""), arguments.Text(1, "new", ""), arguments.Whole(2, "count", -1), runtime),
        ["join"] = static (text, arguments, runtime) => Join(text, arguments, runtime),
        ["format"] = static (text, arguments, runtime) => BraceFormat.Apply(text, arguments, runtime),
        ["find"] = static (text, arguments, _) => Find(text, arguments, isLast: false),
        ["rfind"] = static (text, arguments, _) => Find(text, arguments, isLast: true),
        ["index"] = static (text, arguments, _) => Find(text, arguments, isLast: false) is >= 0 and var at ? at : throw NotFound(),
        ["rindex"] = static (text, arguments, _) => Find(text, arguments, isLast: true) is >= 0 and var at ? at : throw NotFound(),
        ["count"] = static (text, arguments, _) => Count(text, arguments.Text(0, "sub", "")),
        ["center"] = static (text, arguments, runtime) => Trimming.Pad(text, arguments, '^', runtime),
        ["ljust"] = static (text, arguments, runtime) => Trimming.Pad(text, arguments, '<', runtime),
        ["rjust"] = static (text, arguments, runtime) => Trimming.Pad(text, arguments, '>', runtime),
        ["zfill"] = static (text, arguments, runtime) => Trimming.Zeros(text, arguments.Whole(0, "width", 0), runtime),
        ["isdigit"] = static (text, _, _) => IsAll(text, char.IsDigit),
        ["isdecimal"] = static (text, _, _) => IsAll(text, char.IsDigit),
        ["isnumeric"] = static (text, _, _) => IsAll(text, char.IsNumber),
        ["isalpha"] = static (text, _, _) => IsAll(text, char.IsLetter),
        ["isalnum"] = static (text, _, _) => IsAll(text, static c => char.IsLetter(c) || char.IsNumber(c)),
        ["isspace"] = static (text, _, _) => IsAll(text, CodePoints.IsSpace),
        ["isascii"] = static (text, _, _) => text.All(char.IsAscii),
        ["isupper"] = static (text, _, _) => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["islower"] = static (text, _, _) => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["istitle"] = static (text, _, _) => text.Any(char.IsUpper) && Casing.Title(text) == text,
        ["isidentifier"] = static (text, _, _) => text.Length > 0 && !char.IsDigit(text[0]) && text.All(static c => c == '_' || char.IsLetterOrDigit(c)),
    };

    public static TextMethod? Find(string name) => All.GetValueOrDefault(name);

    private static bool IsAll(string text, Func<char, bool> belongs) => text.Length > 0 && text.All(belongs);

    private static TemplateException NotFound() => new("substring not found");

    private static object Affixed(string text, Arguments arguments, Func<string, string, bool> has)
    {
        var part = arguments.Required(0, "prefix");
        text = CodePoints.Slice(text, arguments.Whole(1, "start", 0), arguments.TryGet(2, "end", out var end) ? end as long? : null, 1);
        return part switch
        {
            string one => has(text, one),
            TupleList any => any.Any(item => item is string one && has(text, one)),
            Undefined undefined => throw undefined.Error(),
            _ => throw new TemplateException($"startswith first arg must be str or a tuple of str, not {Types.Name(part)}"),
        };
    }

    private static string Join(string glue, Arguments arguments, Runtime runtime)
    {
        var parts = Types.Items(arguments.Required(0, "iterable"), runtime);
        runtime.Allocate(24 + parts.Sum(part => 2L * (glue.Length + ((part as string)?.Length ?? 0))));
        return string.Join(
            glue,
            parts.Select(
                (part, index) =>
                    part as string
                    ?? (runtime.IsStrict ? Repr.Text(part, runtime) : null)
                    ?? throw new TemplateException($"sequence item {index}: expected str instance, {Types.Name(part)} found")
            )
        );
    }

    private static long Find(string text, Arguments arguments, bool isLast)
    {
        var part = arguments.Text(0, "sub", "");
        var length = CodePoints.Length(text);
        var from = Math.Min(Slices.Range(length, arguments.Whole(1, "start", 0), null, 1) is (var start, > 0) ? start : length, length);
        var end = arguments.TryGet(2, "end", out var given) && given is long bound ? bound : length;
        var searched = CodePoints.Slice(text, from, end, 1);
        var at = isLast ? searched.LastIndexOf(part, StringComparison.Ordinal) : searched.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : from + CodePoints.ToPoints(searched, at);
    }

    private static long Count(string text, string part) => part.Length == 0 ? CodePoints.Length(text) + 1L : text.AsSpan().Count(part);
}
