using System.Runtime.CompilerServices;

namespace Ilab.Jinja.Objects;

/// <summary>One rendering: its options and what it may still use.</summary>
internal sealed class Runtime(TemplateOptions options, char? mark = null)
{
    [ThreadStatic]
    private static Runtime? _current;

    private readonly TemplateLimits _limits = options.Limits;
    private int _steps = options.Limits.Steps;
    private int _characters = options.Limits.OutputCharacters;
    private long _bytes = options.Limits.MemoryBytes;
    private int _depth;

    /// <summary>Limits nothing but nesting: for values outside of a rendering.</summary>
    public static Runtime Unbounded() =>
        new(
            new TemplateOptions
            {
                Limits = new TemplateLimits
                {
                    Steps = int.MaxValue,
                    OutputCharacters = int.MaxValue,
                    MemoryBytes = long.MaxValue,
                    Depth = 1000,
                },
            }
        );

    /// <summary>Runs a rendering, which stays on its thread.</summary>
    public void Run(Action rendering)
    {
        var outer = _current;
        _current = this;
        try
        {
            rendering();
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>Counts steps of the thread's rendering where comparing and searching cannot be told which it is.</summary>
    public static void Charge(int steps = 1) => _current?.Step(steps);

    /// <summary>Counts a search through a text.</summary>
    public static void ChargeScan(string text) => _current?.Step(1 + (text.Length / 64));

    public TemplateOptions Options => options;

    public char? Mark => mark;

    public bool IsStrict => !options.IsLenient;

    public void Step(int count = 1)
    {
        if ((_steps -= count) < 0)
        {
            _steps = 0;
            throw new TemplateLimitException(nameof(TemplateLimits.Steps), _limits.Steps);
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateLimitException(nameof(TemplateLimits.Depth), _limits.Depth);
        }
    }

    public void Write(int characters)
    {
        if (characters > _characters)
        {
            throw new TemplateLimitException(nameof(TemplateLimits.OutputCharacters), _limits.OutputCharacters);
        }

        _characters -= characters;
    }

    /// <summary>Counts memory before it is taken.</summary>
    public void Allocate(long bytes)
    {
        if (bytes < 0 || bytes > _bytes)
        {
            throw new TemplateLimitException(nameof(TemplateLimits.MemoryBytes), _limits.MemoryBytes);
        }

        _bytes -= bytes;
    }

    public string Text(string text)
    {
        Allocate(24 + (2L * text.Length));
        return text;
    }

    public List<object?> List(List<object?> list)
    {
        Allocate(32 + (16L * list.Count));
        return list;
    }

    /// <summary>One level deeper, until <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (_depth >= _limits.Depth)
        {
            throw new TemplateLimitException(nameof(TemplateLimits.Depth), _limits.Depth);
        }

        _depth++;
    }

    public void Leave() => _depth--;

    public Undefined Missing(string name) => new($"'{name}' is undefined", name, IsStrict);

    public Undefined Missing(object? target, object? key) =>
        key is string name
            ? new Undefined($"'{Types.Described(target)}' has no attribute {Repr.Quoted(name, this)}", name, IsStrict)
            : new Undefined($"{Types.Described(target)} has no element {Repr.Of(key, this)}", Repr.Of(key, this), IsStrict);
}
