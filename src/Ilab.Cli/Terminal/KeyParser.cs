using System.Text;

namespace Ilab.Cli.Terminal;

/// <summary>
/// Parses the bytes of an ANSI terminal into keys. A pure state machine: input may be split anywhere, also within a character or an escape sequence.
/// </summary>
public sealed class KeyParser
{
    private const byte EscapeByte = 0x1b;
    private static ReadOnlySpan<byte> PasteEnd => "\x1b[201~"u8;

    private readonly List<byte> _pending = [];
    private readonly List<byte> _paste = [];
    private State _state;
    private int _missing;

    private enum State
    {
        Ground,
        Utf8,
        Escape,
        Csi,
        Ss3,
        Paste,
    }

    /// <summary>
    /// True after a lone ESC, which may be the Escape key or the start of a sequence. The caller waits briefly, then calls <see cref="Flush"/>.
    /// </summary>
    public bool AwaitsMore => _state is State.Escape or State.Csi or State.Ss3;

    public IReadOnlyList<Key> Feed(ReadOnlySpan<byte> bytes)
    {
        var keys = new List<Key>();
        foreach (byte b in bytes)
            Step(b, keys);
        return keys;
    }

    /// <summary>Treats an incomplete escape sequence as the Escape key, because nothing followed in time.</summary>
    public IReadOnlyList<Key> Flush()
    {
        if (!AwaitsMore)
            return [];
        Reset();
        return [new Key(KeyKind.Escape)];
    }

    private void Step(byte b, List<Key> keys)
    {
        switch (_state)
        {
            case State.Ground:
                Ground(b, keys);
                break;
            case State.Utf8:
                Continue(b, keys);
                break;
            case State.Escape:
                AfterEscape(b, keys);
                break;
            case State.Csi:
                Csi(b, keys);
                break;
            case State.Ss3:
                Reset();
                keys.Add(new Key(KeySequences.Final(b, modified: false)));
                break;
            case State.Paste:
                Paste(b, keys);
                break;
        }
    }

    private void Ground(byte b, List<Key> keys)
    {
        if (b == EscapeByte)
        {
            _state = State.Escape;
            return;
        }

        if (b < 0x20 || b == 0x7f)
        {
            keys.Add(new Key(KeySequences.Control(b)));
            return;
        }

        if (b < 0x80)
        {
            keys.Add(new Key(KeyKind.Text, ((char)b).ToString()));
            return;
        }

        _missing = b switch
        {
            >= 0xf0 and < 0xf8 => 3,
            >= 0xe0 and < 0xf0 => 2,
            >= 0xc2 and < 0xe0 => 1,
            _ => 0,
        };
        if (_missing == 0)
        {
            keys.Add(new Key(KeyKind.Text, "\ufffd"));
            return;
        }

        _pending.Add(b);
        _state = State.Utf8;
    }

    private void Continue(byte b, List<Key> keys)
    {
        if ((b & 0xc0) != 0x80)
        {
            Reset();
            keys.Add(new Key(KeyKind.Text, "\ufffd"));
            Ground(b, keys);
            return;
        }

        _pending.Add(b);
        if (--_missing > 0)
            return;
        string text = PastedText.Clean(Encoding.UTF8.GetString([.. _pending]));
        Reset();
        if (text.Length > 0)
            keys.Add(new Key(KeyKind.Text, text));
    }

    private void AfterEscape(byte b, List<Key> keys)
    {
        switch (b)
        {
            case (byte)'[':
                _state = State.Csi;
                return;
            case (byte)'O':
                _state = State.Ss3;
                return;
            case EscapeByte:
                keys.Add(new Key(KeyKind.Escape));
                return;
            default:
                Reset();
                keys.Add(new Key(KeySequences.Meta(b)));
                return;
        }
    }

    private void Csi(byte b, List<Key> keys)
    {
        if (b is < 0x40 or > 0x7e)
        {
            // A control byte within a sequence, or an unterminated sequence: drop it.
            if (b < 0x20 || _pending.Count > 32)
                Reset();
            else
                _pending.Add(b);
            return;
        }

        string parameters = Encoding.ASCII.GetString([.. _pending]);
        Reset();
        if (b == '~' && parameters == "200")
            _state = State.Paste;
        else if (KeySequences.Csi(parameters, b) is var kind && kind != KeyKind.Unknown)
            keys.Add(new Key(kind));
    }

    private void Paste(byte b, List<Key> keys)
    {
        _paste.Add(b);
        if (b != '~' || _paste.Count < PasteEnd.Length)
            return;
        int end = _paste.Count - PasteEnd.Length;
        for (int i = 0; i < PasteEnd.Length; i++)
        {
            if (_paste[end + i] != PasteEnd[i])
                return;
        }

        string text = Encoding.UTF8.GetString([.. _paste[..end]]);
        _paste.Clear();
        Reset();
        keys.Add(new Key(KeyKind.Paste, PastedText.Clean(text)));
    }

    private void Reset()
    {
        _state = State.Ground;
        _missing = 0;
        _pending.Clear();
    }
}
