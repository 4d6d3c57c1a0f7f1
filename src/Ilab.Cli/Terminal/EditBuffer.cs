using System.Globalization;

namespace Ilab.Cli.Terminal;

/// <summary>The edited text and the cursor. Moves and deletes whole user-perceived characters.</summary>
public sealed class EditBuffer
{
    private string _killed = "";

    public string Text { get; private set; } = "";

    /// <summary>Index into <see cref="Text"/>, always between two user-perceived characters.</summary>
    public int Cursor { get; private set; }

    public void Set(string text)
    {
        Text = text;
        Cursor = text.Length;
    }

    public void Insert(string text)
    {
        Text = string.Concat(Text.AsSpan(0, Cursor), text, Text.AsSpan(Cursor));
        Cursor += text.Length;
    }

    public bool Left() => MoveTo(Previous());

    public bool Right() => MoveTo(Next());

    public bool Home() => MoveTo(LineStart());

    public bool End() => MoveTo(LineEnd());

    public bool WordLeft() => MoveTo(WordStart());

    public bool WordRight() => MoveTo(WordEnd());

    public bool Backspace() => Remove(Previous(), Cursor, keep: false);

    public bool Delete() => Remove(Cursor, Next(), keep: false);

    public bool DeleteToStart() => Remove(LineStart(), Cursor, keep: true);

    public bool DeleteToEnd() => Remove(Cursor, LineEnd(), keep: true);

    public bool DeleteWordLeft() => Remove(WordStart(), Cursor, keep: true);

    public bool DeleteWordRight() => Remove(Cursor, WordEnd(), keep: true);

    /// <summary>Inserts the text last deleted by word or line.</summary>
    public void Yank() => Insert(_killed);

    /// <summary>Moves one line up; false in the first line.</summary>
    public bool Up()
    {
        int start = LineStart();
        if (start == 0)
            return false;
        int previousStart = start == 1 ? 0 : Text.LastIndexOf('\n', start - 2) + 1;
        return MoveTo(Boundary(Math.Min(previousStart + Cursor - start, start - 1)));
    }

    /// <summary>Moves one line down; false in the last line.</summary>
    public bool Down()
    {
        int end = LineEnd();
        if (end == Text.Length)
            return false;
        int column = Cursor - LineStart();
        int nextEnd = Text.IndexOf('\n', end + 1);
        return MoveTo(Boundary(Math.Min(end + 1 + column, nextEnd < 0 ? Text.Length : nextEnd)));
    }

    /// <summary>Swaps the two characters before the cursor (at the end) or around it.</summary>
    public bool Transpose()
    {
        int right = Cursor == Text.Length ? Cursor : Next();
        int middle = PreviousOf(right);
        int left = PreviousOf(middle);
        if (left == middle || middle == right)
            return false;
        Text = string.Concat(string.Concat(Text.AsSpan(0, left), Text.AsSpan(middle, right - middle)), Text.AsSpan(left, middle - left), Text.AsSpan(right));
        Cursor = right;
        return true;
    }

    private bool MoveTo(int position)
    {
        bool moved = position != Cursor;
        Cursor = position;
        return moved;
    }

    private bool Remove(int start, int end, bool keep)
    {
        if (start >= end)
            return false;
        if (keep)
            _killed = Text[start..end];
        Text = Text.Remove(start, end - start);
        Cursor = start;
        return true;
    }

    private int LineStart() => Cursor == 0 ? 0 : Text.LastIndexOf('\n', Cursor - 1) + 1;

    private int LineEnd() => Text.IndexOf('\n', Cursor) is >= 0 and int end ? end : Text.Length;

    private int Next() => Cursor == Text.Length ? Cursor : Cursor + StringInfo.GetNextTextElementLength(Text.AsSpan(Cursor));

    private int Previous() => PreviousOf(Cursor);

    private int PreviousOf(int position)
    {
        // Text elements can only be enumerated forward, and never span a line end.
        int start = position == 0 ? 0 : Text.LastIndexOf('\n', position - 1) + 1;
        if (start == position && position > 0)
            return position - 1;
        int previous = start;
        while (start < position)
        {
            previous = start;
            start += StringInfo.GetNextTextElementLength(Text.AsSpan(start));
        }

        return previous;
    }

    private int Boundary(int position)
    {
        int at = position == 0 ? 0 : Text.LastIndexOf('\n', position - 1) + 1;
        while (at < position)
        {
            int next = at + StringInfo.GetNextTextElementLength(Text.AsSpan(at));
            if (next > position)
                return at;
            at = next;
        }

        return at;
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && char.IsWhiteSpace(Text[at - 1]))
            at--;
        while (at > 0 && !char.IsWhiteSpace(Text[at - 1]))
            at--;
        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < Text.Length && char.IsWhiteSpace(Text[at]))
            at++;
        while (at < Text.Length && !char.IsWhiteSpace(Text[at]))
            at++;
        return at;
    }
}
