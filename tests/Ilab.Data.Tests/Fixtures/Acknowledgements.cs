namespace Ilab.Data.Tests.Fixtures;

/// <summary>
/// What a program was told is done, as lines: <c>want KIND NAME VALUE</c> before a name is changed and <c>have KIND NAME VALUE</c> after it (value
/// <c>-</c>: no such name), <c>job ID</c> when a job was accepted, <c>over ID STATE SEQUENCE RESULT</c> when its end was seen.
/// </summary>
internal sealed class Acknowledgements
{
    private readonly Dictionary<(string Kind, string Name), List<string>> _names = [];

    /// <summary>Values that a name may have: the last acknowledged, or one that was asked for since.</summary>
    public IReadOnlyDictionary<(string Kind, string Name), List<string>> Names => _names;

    public HashSet<string> Jobs { get; } = [];

    public Dictionary<string, (string State, ulong Sequence, string Result)> Over { get; } = [];

    public static Acknowledgements Of(IEnumerable<string> lines)
    {
        var all = new Acknowledgements();
        foreach (var line in lines)
        {
            all.Add(line.Split(' ', 5));
        }

        return all;
    }

    private void Add(string[] words)
    {
        switch (words)
        {
            case ["want", var kind, var name, var value]:
                (_names.TryGetValue((kind, name), out var values) ? values : _names[(kind, name)] = ["-"]).Add(value);
                break;
            case ["have", var kind, var name, var value]:
                _names[(kind, name)] = [value];
                break;
            case ["job", var id]:
                Jobs.Add(id);
                break;
            case ["over", var id, var state, var sequence, var result]:
                Over[id] = (state, ulong.Parse(sequence, System.Globalization.CultureInfo.InvariantCulture), result);
                break;
            default:
                throw new FormatException(string.Join(' ', words));
        }
    }
}
