namespace Ilab.Cli.Terminal;

/// <summary>What the terminal has to do after a key.</summary>
public enum EditOutcome
{
    Continue,
    Accept,
    Interrupted,
    EndOfInput,
    ClearScreen,
    Suspend,
}

/// <summary>Edits one line: keys in, text and cursor out. Independent of a terminal.</summary>
/// <param name="history">Source of Up and Down.</param>
/// <param name="isComplete">Decides whether Enter submits the text or starts another line; null = always submits.</param>
/// <param name="complete">Candidates for the text before the cursor (each replaces it); null = Tab does nothing.</param>
public sealed class EditSession(History history, Func<string, bool>? isComplete = null, Func<string, IReadOnlyList<string>>? complete = null)
{
    public EditBuffer Buffer { get; } = new();

    /// <summary>Candidates to show below the line after an ambiguous Tab.</summary>
    public IReadOnlyList<string> Candidates { get; private set; } = [];

    public EditOutcome Apply(Key key)
    {
        Candidates = [];
        switch (key.Kind)
        {
            case KeyKind.Enter:
                return Enter();
            case KeyKind.Interrupt:
                return EditOutcome.Interrupted;
            case KeyKind.EndOfInput when Buffer.Text.Length == 0:
                return EditOutcome.EndOfInput;
            case KeyKind.ClearScreen:
                return EditOutcome.ClearScreen;
            case KeyKind.Suspend:
                return EditOutcome.Suspend;
            default:
                Edit(key);
                return EditOutcome.Continue;
        }
    }

    private EditOutcome Enter()
    {
        if (isComplete is null || isComplete(Buffer.Text))
            return EditOutcome.Accept;
        Buffer.Set(Buffer.Text + "\n");
        return EditOutcome.Continue;
    }

    private void Edit(Key key)
    {
        switch (key.Kind)
        {
            case KeyKind.Text or KeyKind.Paste:
                Buffer.Insert(key.Text);
                break;
            case KeyKind.Newline:
                Buffer.Insert("\n");
                break;
            case KeyKind.Tab:
                Complete();
                break;
            case KeyKind.Up:
                if (!Buffer.Up())
                    Recall(history.Previous(Buffer.Text));
                break;
            case KeyKind.Down:
                if (!Buffer.Down())
                    Recall(history.Next());
                break;
            case KeyKind.PreviousHistory:
                Recall(history.Previous(Buffer.Text));
                break;
            case KeyKind.NextHistory:
                Recall(history.Next());
                break;
            default:
                Move(key.Kind);
                break;
        }
    }

    private void Move(KeyKind kind)
    {
        _ = kind switch
        {
            KeyKind.Left => Buffer.Left(),
            KeyKind.Right => Buffer.Right(),
            KeyKind.Home => Buffer.Home(),
            KeyKind.End => Buffer.End(),
            KeyKind.WordLeft => Buffer.WordLeft(),
            KeyKind.WordRight => Buffer.WordRight(),
            KeyKind.Backspace => Buffer.Backspace(),
            KeyKind.Delete or KeyKind.EndOfInput => Buffer.Delete(),
            KeyKind.DeleteToStart => Buffer.DeleteToStart(),
            KeyKind.DeleteToEnd => Buffer.DeleteToEnd(),
            KeyKind.DeleteWordLeft => Buffer.DeleteWordLeft(),
            KeyKind.DeleteWordRight => Buffer.DeleteWordRight(),
            KeyKind.Transpose => Buffer.Transpose(),
            KeyKind.Yank => Yank(),
            _ => false,
        };
    }

    private bool Yank()
    {
        Buffer.Yank();
        return true;
    }

    private void Recall(string? entry)
    {
        if (entry is not null)
            Buffer.Set(entry);
    }

    private void Complete()
    {
        if (complete is null || Buffer.Cursor != Buffer.Text.Length)
            return;
        IReadOnlyList<string> candidates = complete(Buffer.Text);
        if (candidates.Count == 0)
            return;
        string common = candidates[0];
        foreach (string candidate in candidates)
            common = common[..common.AsSpan().CommonPrefixLength(candidate)];
        if (common.Length > Buffer.Text.Length)
            Buffer.Set(common);
        else if (candidates.Count > 1)
            Candidates = candidates;
    }
}
