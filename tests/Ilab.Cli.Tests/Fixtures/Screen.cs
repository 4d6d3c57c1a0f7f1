using System.Globalization;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>As much of an ANSI terminal as the line editor uses: what would a person see, and where is the cursor?</summary>
public sealed class Screen(int columns, int rows)
{
    private readonly List<string?[]> _lines = [new string?[columns]];
    private bool _wrapPending;

    public int Row { get; private set; }

    public int Column { get; private set; }

    /// <summary>All lines ever shown, without trailing blanks; wide characters once.</summary>
    public IReadOnlyList<string> Lines => [.. _lines.Select(l => string.Concat(l.Select(c => c ?? " ")).TrimEnd())];

    public string Text => string.Join('\n', Lines).TrimEnd('\n');

    public void Write(string output)
    {
        for (int i = 0; i < output.Length; )
        {
            char c = output[i];
            if (c == '\x1b')
            {
                i = Sequence(output, i);
            }
            else if (c == '\r')
            {
                Column = 0;
                _wrapPending = false;
                i++;
            }
            else if (c == '\n')
            {
                LineFeed();
                i++;
            }
            else if (char.IsControl(c))
            {
                i++;
            }
            else
            {
                int length = StringInfo.GetNextTextElementLength(output.AsSpan(i));
                Put(output.Substring(i, length));
                i += length;
            }
        }
    }

    private int Sequence(string output, int start)
    {
        int end = start + 2;
        while (end < output.Length && !char.IsLetter(output[end]))
            end++;
        string parameters = output[(start + 2)..end];
        int count = int.TryParse(parameters, CultureInfo.InvariantCulture, out int n) ? n : 1;
        switch (output[end])
        {
            case 'A':
                Row = Math.Max(Row - count, Math.Max(0, _lines.Count - rows));
                break;
            case 'B':
                Row = Math.Min(Row + count, _lines.Count - 1);
                break;
            case 'C':
                Column = Math.Min(Column + count, columns - 1);
                break;
            case 'J' when parameters == "2":
                _lines.Clear();
                _lines.Add(new string?[columns]);
                break;
            case 'J':
                Array.Clear(_lines[Row], Column, columns - Column);
                _lines.RemoveRange(Row + 1, _lines.Count - Row - 1);
                break;
            case 'H':
                Row = 0;
                Column = 0;
                break;
        }

        _wrapPending = false;
        return end + 1;
    }

    private void Put(string element)
    {
        int width = Math.Max(1, CharWidth.OfElement(element));
        if (_wrapPending || Column + width > columns)
        {
            LineFeed();
            Column = 0;
            _wrapPending = false;
        }

        _lines[Row][Column] = element;
        if (width == 2)
            _lines[Row][Column + 1] = "";
        Column += width;
        if (Column < columns)
            return;
        Column = columns - 1;
        _wrapPending = true;
    }

    private void LineFeed()
    {
        _wrapPending = false;
        Row++;
        if (Row == _lines.Count)
            _lines.Add(new string?[columns]);
    }
}
