namespace Ilab.Cli.Terminal;

/// <summary>Earlier entries, oldest first, and the position of Up and Down.</summary>
public sealed class History
{
    private readonly List<string> _entries;
    private readonly HistoryFile? _file;
    private int _position;
    private string _draft = "";

    /// <param name="file">Keeps entries between sessions; null = in memory only.</param>
    public History(HistoryFile? file = null)
    {
        _file = file;
        _entries = [.. file?.Load() ?? []];
        _position = _entries.Count;
    }

    public IReadOnlyList<string> Entries => _entries;

    public void Add(string entry)
    {
        if (entry.Trim().Length > 0 && (_entries.Count == 0 || _entries[^1] != entry))
        {
            _entries.Add(entry);
            _file?.Append(entry);
        }

        Reset();
    }

    /// <summary>Starts a new line: Up begins at the newest entry.</summary>
    public void Reset()
    {
        _position = _entries.Count;
        _draft = "";
    }

    /// <summary>The previous entry; null at the oldest. <paramref name="current"/> is kept, also when it is an unfinished new line.</summary>
    public string? Previous(string current)
    {
        if (_position == 0)
            return null;
        if (_position == _entries.Count)
            _draft = current;
        return _entries[--_position];
    }

    /// <summary>The next entry, then the unfinished line; null when already there.</summary>
    public string? Next()
    {
        if (_position == _entries.Count)
            return null;
        _position++;
        return _position == _entries.Count ? _draft : _entries[_position];
    }
}
