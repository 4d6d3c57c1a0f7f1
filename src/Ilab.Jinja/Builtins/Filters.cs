using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>What a filter does with a value.</summary>
internal delegate object? FilterFunction(object? value, Arguments arguments, Runtime runtime);

/// <summary>What follows <c>|</c>.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, FilterFunction> All = new([
        .. GeneralFilters.All,
        .. TextFilters.All,
        .. ListFilters.All,
        .. OrderFilters.All,
        .. SelectFilters.All,
    ]);

    public static bool Has(string name) => All.ContainsKey(name);

    public static FilterFunction Find(string name) => All.GetValueOrDefault(name) ?? throw new TemplateException($"No filter named '{name}' found.");
}
