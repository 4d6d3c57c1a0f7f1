namespace Ilab.Cli.Terminal;

/// <summary>The meaning of a key for the line editor.</summary>
public enum KeyKind
{
    Unknown,
    Text,
    Paste,
    Enter,
    Newline,
    Tab,
    Escape,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    WordLeft,
    WordRight,
    DeleteWordLeft,
    DeleteWordRight,
    DeleteToStart,
    DeleteToEnd,
    Yank,
    Transpose,
    PreviousHistory,
    NextHistory,
    ClearScreen,
    Interrupt,
    EndOfInput,
    Suspend,
}

/// <param name="Kind">Meaning of the key.</param>
/// <param name="Text">The characters of <see cref="KeyKind.Text"/> and <see cref="KeyKind.Paste"/>; empty otherwise.</param>
public readonly record struct Key(KeyKind Kind, string Text = "");
