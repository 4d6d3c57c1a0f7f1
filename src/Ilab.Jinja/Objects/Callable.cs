namespace Ilab.Jinja.Objects;

/// <summary>Something that templates call.</summary>
internal abstract class Callable(string name)
{
    public string Name => name;

    public virtual string TypeName => "function";

    public abstract object? Invoke(Arguments arguments, Runtime runtime);
}

internal sealed class Function(string name, Func<Arguments, Runtime, object?> body) : Callable(name)
{
    public override object? Invoke(Arguments arguments, Runtime runtime) => body(arguments, runtime);
}

/// <summary>Arguments of a call in the order in which they were given.</summary>
internal sealed class Arguments(string function, List<object?> positional, List<KeyValuePair<string, object?>> named)
{
    public List<object?> Positional => positional;

    public List<KeyValuePair<string, object?>> Named => named;

    public int Count => positional.Count + named.Count;

    public static Arguments Of(string function, params List<object?> positional) => new(function, positional, []);

    /// <summary>The argument at a position or of a name; missing ones have a default.</summary>
    public object? Get(int index, string name, object? missing = null) => TryGet(index, name, out var value) ? value : missing;

    public object? Required(int index, string name) =>
        TryGet(index, name, out var value) ? value : throw new TemplateException($"{function}() missing required argument: '{name}'");

    public bool TryGet(int index, string name, out object? value)
    {
        if (index < positional.Count)
        {
            value = positional[index];
            return true;
        }

        foreach (var pair in named)
        {
            if (pair.Key == name)
            {
                value = pair.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    public bool Flag(int index, string name, bool missing = false) => TryGet(index, name, out var value) ? Types.IsTrue(value) : missing;

    public long Whole(int index, string name, long missing) => TryGet(index, name, out var value) && value is not null ? AsWhole(value) : missing;

    public string Text(int index, string name, string missing) =>
        !TryGet(index, name, out var value)
            ? missing
            : value as string ?? throw new TemplateException($"{function}() argument '{name}' must be str, not {Types.Name(value)}");

    public Arguments Skip(int count) => new(function, positional[Math.Min(count, positional.Count)..], named);

    private static long AsWhole(object value) =>
        value switch
        {
            long whole => whole,
            bool flag => flag ? 1 : 0,
            _ => throw new TemplateException($"'{Types.Name(value)}' object cannot be interpreted as an integer"),
        };
}
