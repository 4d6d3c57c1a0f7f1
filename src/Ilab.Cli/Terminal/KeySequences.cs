namespace Ilab.Cli.Terminal;

/// <summary>Maps control bytes and escape sequences (xterm, VT220, rxvt, Linux console) to keys.</summary>
internal static class KeySequences
{
    public static KeyKind Control(byte b) =>
        b switch
        {
            0x01 => KeyKind.Home, // Ctrl-A
            0x02 => KeyKind.Left, // Ctrl-B
            0x03 => KeyKind.Interrupt, // Ctrl-C
            0x04 => KeyKind.EndOfInput, // Ctrl-D
            0x05 => KeyKind.End, // Ctrl-E
            0x06 => KeyKind.Right, // Ctrl-F
            0x08 or 0x7f => KeyKind.Backspace,
            0x09 => KeyKind.Tab,
            0x0a or 0x0d => KeyKind.Enter,
            0x0b => KeyKind.DeleteToEnd, // Ctrl-K
            0x0c => KeyKind.ClearScreen, // Ctrl-L
            0x0e => KeyKind.NextHistory, // Ctrl-N
            0x10 => KeyKind.PreviousHistory, // Ctrl-P
            0x14 => KeyKind.Transpose, // Ctrl-T
            0x15 => KeyKind.DeleteToStart, // Ctrl-U
            0x17 => KeyKind.DeleteWordLeft, // Ctrl-W
            0x19 => KeyKind.Yank, // Ctrl-Y
            0x1a => KeyKind.Suspend, // Ctrl-Z
            _ => KeyKind.Unknown,
        };

    /// <summary>ESC and one byte: what terminals send for Alt and a key.</summary>
    public static KeyKind Meta(byte b) =>
        b switch
        {
            (byte)'b' or (byte)'B' => KeyKind.WordLeft,
            (byte)'f' or (byte)'F' => KeyKind.WordRight,
            (byte)'d' or (byte)'D' => KeyKind.DeleteWordRight,
            0x08 or 0x7f => KeyKind.DeleteWordLeft,
            0x0a or 0x0d => KeyKind.Newline,
            _ => KeyKind.Unknown,
        };

    /// <summary>The last byte of an SS3 or CSI sequence. <paramref name="modified"/>: Ctrl or Alt was pressed.</summary>
    public static KeyKind Final(byte b, bool modified) =>
        b switch
        {
            (byte)'A' => KeyKind.Up,
            (byte)'B' => KeyKind.Down,
            (byte)'C' => modified ? KeyKind.WordRight : KeyKind.Right,
            (byte)'D' => modified ? KeyKind.WordLeft : KeyKind.Left,
            (byte)'H' => KeyKind.Home,
            (byte)'F' => KeyKind.End,
            (byte)'M' => KeyKind.Enter, // keypad Enter in application mode
            (byte)'c' => KeyKind.WordRight, // rxvt, Ctrl
            (byte)'d' => KeyKind.WordLeft,
            _ => KeyKind.Unknown,
        };

    public static KeyKind Csi(string parameters, byte final)
    {
        int semicolon = parameters.IndexOf(';', StringComparison.Ordinal);
        string first = semicolon < 0 ? parameters : parameters[..semicolon];
        // The modifier is 1 + bit mask (1 Shift, 2 Alt, 4 Ctrl); Shift alone is ignored.
        bool modified = semicolon >= 0 && int.TryParse(parameters.AsSpan(semicolon + 1), out int m) && ((m - 1) & 0b110) != 0;
        if (final != '~')
            return Final(final, modified);
        return first switch
        {
            "1" or "7" => KeyKind.Home,
            "3" => modified ? KeyKind.DeleteWordRight : KeyKind.Delete,
            "4" or "8" => KeyKind.End,
            _ => KeyKind.Unknown,
        };
    }
}
