namespace Ilab.Jinja.Objects;

/// <summary>Names and their values; inner ones hide outer ones.</summary>
internal sealed class Scope(Runtime runtime, IReadOnlyDictionary<string, object?>? fixedValues = null, Scope? outer = null)
{
    private Dictionary<string, object?>? _own;

    public Runtime Runtime => runtime;

    public Scope Inner() => new(runtime, null, this);

    public void Set(string name, object? value) => (_own ??= [])[name] = value;

    public bool TryGet(string name, out object? value)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.TryGetOwn(name, out value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    private Scope? Outer => outer;

    private bool TryGetOwn(string name, out object? value)
    {
        value = null;
        return (_own is not null && _own.TryGetValue(name, out value)) || (fixedValues is not null && fixedValues.TryGetValue(name, out value));
    }
}
