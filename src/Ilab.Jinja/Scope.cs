namespace Ilab.Jinja;

/// <summary>Names and what they stand for; inner ones hide outer ones.</summary>
internal sealed class Scope(IReadOnlyDictionary<string, object?> values, Scope? outer = null)
{
    private readonly Dictionary<string, object?> _own = [];

    /// <summary>Rendered characters that are left, shared by all scopes of a rendering.</summary>
    public Budget Budget { get; } = outer?.Budget ?? new Budget();

    public Scope Inner() => new(values, this);

    public void Set(string name, object? value) => _own[name] = value;

    public bool TryGet(string name, out object? value) =>
        _own.TryGetValue(name, out value) || (outer is null ? values.TryGetValue(name, out value) : outer.TryGet(name, out value));
}

/// <summary>What a rendering may still cost: templates come from other people.</summary>
internal sealed class Budget
{
    private const int MostSteps = 1_000_000;
    private const int MostCharacters = 16 << 20;

    private int _steps = MostSteps;
    private int _characters = MostCharacters;

    public void Step()
    {
        if (--_steps < 0)
        {
            throw new TemplateException("the template does too much");
        }
    }

    public void Write(int characters)
    {
        if ((_characters -= characters) < 0)
        {
            throw new TemplateException("the text becomes too long");
        }
    }
}
