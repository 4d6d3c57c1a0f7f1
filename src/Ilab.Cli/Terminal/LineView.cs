using System.Globalization;
using System.Text;

namespace Ilab.Cli.Terminal;

/// <summary>
/// Draws an edited line on a terminal. Rows are wrapped here, never by the terminal, so that the cursor position is known whatever the terminal does at its
/// right margin. Nothing is read back.
/// </summary>
public sealed class LineView(string prompt, string continuationPrompt)
{
    private readonly List<int> _rowWidths = [];
    private int _cursorRow;
    private int _cursorColumn;
    private int _width;

    /// <summary>Whether the prompt ends in <c>! </c> in the place of its last two characters.</summary>
    public bool IsMarked { get; set; }

    /// <summary>The output that redraws the line.</summary>
    public string Draw(string text, int cursor, int width, int height)
    {
        width = Math.Max(width, 2);
        var output = new StringBuilder();
        Erase(output, width);
        Layout layout = Layout.Of(text, cursor, new Prompts(IsMarked ? prompt[..^2] + "! " : prompt, continuationPrompt), width);

        // Taller than the screen: show the rows around the cursor.
        int first = Math.Max(0, Math.Min(layout.CursorRow - (height / 2), layout.Rows.Count - height));
        int count = Math.Min(layout.Rows.Count - first, Math.Max(height, 1));
        _rowWidths.Clear();
        for (int i = 0; i < count; i++)
        {
            if (i > 0)
                output.Append("\r\n");
            output.Append(layout.Rows[first + i].Text);
            _rowWidths.Add(layout.Rows[first + i].Width);
        }

        _width = width;
        _cursorRow = layout.CursorRow - first;
        _cursorColumn = layout.CursorColumn;
        Place(output, count - 1);
        return output.ToString();
    }

    /// <summary>Leaves the line on the screen and moves below it.</summary>
    public string Finish(string mark = "")
    {
        var output = new StringBuilder();
        int down = _rowWidths.Count - 1 - _cursorRow;
        if (down > 0)
            output.Append(CultureInfo.InvariantCulture, $"\x1b[{down}B");
        if (_rowWidths.Count > 0 && mark.Length > 0)
            output.Append(CultureInfo.InvariantCulture, $"\r\x1b[{Math.Max(1, _rowWidths[^1])}C").Append(mark);
        output.Append("\r\n");
        Forget();
        return output.ToString();
    }

    /// <summary>Forgets what was drawn, after the screen was cleared or used by another program.</summary>
    public void Forget()
    {
        _rowWidths.Clear();
        _cursorRow = 0;
        _cursorColumn = 0;
    }

    private void Erase(StringBuilder output, int width)
    {
        int up = _cursorRow;
        if (_width > 0 && width < _width)
        {
            // A narrower window has wrapped the rows that no longer fit.
            up = _cursorColumn / width;
            for (int i = 0; i < _cursorRow; i++)
                up += Math.Max(1, (_rowWidths[i] + width - 1) / width);
        }

        if (up > 0)
            output.Append(CultureInfo.InvariantCulture, $"\x1b[{up}A");
        output.Append("\r\x1b[J");
    }

    private void Place(StringBuilder output, int lastRow)
    {
        if (lastRow > _cursorRow)
            output.Append(CultureInfo.InvariantCulture, $"\x1b[{lastRow - _cursorRow}A");
        output.Append('\r');
        if (_cursorColumn > 0)
            output.Append(CultureInfo.InvariantCulture, $"\x1b[{_cursorColumn}C");
    }

    private readonly record struct Prompts(string First, string Continuation);

    private readonly record struct Row(string Text, int Width);

    private sealed class Layout
    {
        private const int TabWidth = 4;
        private readonly StringBuilder _row = new();
        private int _column;

        public List<Row> Rows { get; } = [];

        public int CursorRow { get; private set; }

        public int CursorColumn { get; private set; }

        public static Layout Of(string text, int cursor, Prompts prompts, int width)
        {
            var layout = new Layout();
            layout.Append(prompts.First, width);
            int at = 0;
            while (true)
            {
                if (at == cursor)
                    layout.Mark(width);
                if (at >= text.Length)
                    break;
                int length = StringInfo.GetNextTextElementLength(text.AsSpan(at));
                if (text[at] == '\n')
                {
                    layout.Break();
                    layout.Append(prompts.Continuation, width);
                }
                else
                {
                    layout.Element(text[at] == '\t' ? new string(' ', TabWidth) : text.Substring(at, length), width);
                }

                at += length;
            }

            layout.Break();
            return layout;
        }

        private void Append(string text, int width)
        {
            foreach (char c in text)
                Element(c.ToString(), width);
        }

        private void Element(string element, int width)
        {
            int columns = element[0] == ' ' ? element.Length : CharWidth.OfElement(element);
            if (_column + columns > width)
                Break();
            _row.Append(element);
            _column += columns;
        }

        private void Mark(int width)
        {
            // After a full row the cursor is at the start of the next one.
            if (_column >= width)
                Break();
            CursorRow = Rows.Count;
            CursorColumn = _column;
        }

        private void Break()
        {
            Rows.Add(new Row(_row.ToString(), _column));
            _row.Clear();
            _column = 0;
        }
    }
}
