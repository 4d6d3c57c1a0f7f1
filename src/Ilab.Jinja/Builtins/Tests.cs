using System.Numerics;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Whether something holds for a value.</summary>
internal delegate bool Check(object? value, Arguments arguments, Runtime runtime);

/// <summary>What follows <c>is</c>.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Check> All = new()
    {
        ["defined"] = static (value, _, _) => value is not Undefined,
        ["undefined"] = static (value, _, _) => value is Undefined,
        ["none"] = static (value, _, _) => value is null,
        ["boolean"] = static (value, _, _) => value is bool,
        ["true"] = static (value, _, _) => value is true,
        ["false"] = static (value, _, _) => value is false,
        ["integer"] = static (value, _, _) => value is long or BigInteger,
        ["float"] = static (value, _, _) => value is double,
        ["number"] = static (value, _, _) => value is long or double or bool or BigInteger,
        ["string"] = static (value, _, _) => value is string,
        ["mapping"] = static (value, _, _) => value is Dict,
        ["sequence"] = static (value, _, _) => value is string or List<object?> or Dict or Undefined or Iteration { Type: "range" },
        ["iterable"] = static (value, _, _) => value is string or List<object?> or Dict or Undefined or Iteration,
        ["callable"] = static (value, _, _) => value is Callable,
        ["sameas"] = static (value, arguments, _) => IsSame(value, arguments.Required(0, "other")),
        ["escaped"] = static (_, _, _) => false,
        ["odd"] = static (value, _, runtime) => Compare.AreEqual(Operators.Apply("%", value, 2L, runtime), 1L),
        ["even"] = static (value, _, runtime) => Compare.AreEqual(Operators.Apply("%", value, 2L, runtime), 0L),
        ["divisibleby"] = static (value, arguments, runtime) => Compare.AreEqual(Operators.Apply("%", value, arguments.Required(0, "num"), runtime), 0L),
        ["lower"] = static (value, _, runtime) => Repr.Text(value, runtime) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["upper"] = static (value, _, runtime) => Repr.Text(value, runtime) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["in"] = static (value, arguments, runtime) => Compare.IsIn(value, arguments.Required(0, "seq"), runtime),
        ["filter"] = static (value, _, _) => value is string name && Filters.Has(name),
        ["test"] = static (value, _, _) => value is string name && Has(name),
    };

    private static readonly Dictionary<string, string> Comparisons = new()
    {
        ["eq"] = "==",
        ["equalto"] = "==",
        ["=="] = "==",
        ["ne"] = "!=",
        ["!="] = "!=",
        ["lt"] = "<",
        ["lessthan"] = "<",
        ["<"] = "<",
        ["le"] = "<=",
        ["<="] = "<=",
        ["gt"] = ">",
        ["greaterthan"] = ">",
        [">"] = ">",
        ["ge"] = ">=",
        [">="] = ">=",
    };

    public static bool Has(string name) => All.ContainsKey(name) || Comparisons.ContainsKey(name);

    public static Check Find(string name) =>
        All.TryGetValue(name, out var test) ? test
        : Comparisons.TryGetValue(name, out var symbol) ? (value, arguments, runtime) => Operators.Holds(symbol, value, arguments.Required(0, "other"), runtime)
        : throw new TemplateException($"No test named '{name}' found.");

    private static bool IsSame(object? one, object? other) =>
        one is null or bool or long or string ? one?.GetType() == other?.GetType() && Equals(one, other) : ReferenceEquals(one, other);
}
