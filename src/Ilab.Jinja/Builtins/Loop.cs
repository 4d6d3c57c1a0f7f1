using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class Loop(List<object?> items)
{
    private TupleList? _changed;

    public int Index { get; set; }

    public object? Attribute(string name) =>
        name switch
        {
            "index" => Index + 1L,
            "index0" => (long)Index,
            "revindex" => (long)(items.Count - Index),
            "revindex0" => items.Count - Index - 1L,
            "first" => Index == 0,
            "last" => Index == items.Count - 1,
            "length" => (long)items.Count,
            "depth" => 1L,
            "depth0" => 0L,
            "previtem" => Index > 0 ? items[Index - 1] : new Undefined("there is no previous item", "previtem", false),
            "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new Undefined("there is no next item", "nextitem", false),
            "cycle" => new Function(
                name,
                (arguments, _) =>
                    arguments.Positional.Count > 0
                        ? arguments.Positional[Index % arguments.Positional.Count]
                        : throw new TemplateException("no items for cycling given")
            ),
            "changed" => new Function(name, (arguments, _) => HasChanged(new TupleList(arguments.Positional))),
            _ => null,
        };

    private object HasChanged(TupleList values)
    {
        var hasChanged = _changed is null || !Compare.AreEqual(_changed, values);
        _changed = values;
        return hasChanged;
    }
}

/// <summary>The value of <c>cycler(...)</c>.</summary>
internal sealed class Cycler(List<object?> items)
{
    private int _at;

    public object? Attribute(string name) =>
        name switch
        {
            "current" => items[_at],
            "next" => new Function(name, (_, _) => Next()),
            "reset" => new Function(name, (_, _) => _at = 0),
            _ => null,
        };

    private object? Next()
    {
        var item = items[_at];
        _at = (_at + 1) % items.Count;
        return item;
    }
}
