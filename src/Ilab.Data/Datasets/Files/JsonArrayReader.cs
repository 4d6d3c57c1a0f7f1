namespace Ilab.Data.Datasets.Files;

/// <summary>
/// Cuts a JSON array into its elements, chunk by chunk: only one element is in memory. What is between the brackets of an element is checked by whoever parses
/// it; here only strings and brackets are counted.
/// </summary>
internal sealed class JsonArrayReader(int longest)
{
    private readonly MemoryStream _element = new();
    private State _state = State.BeforeArray;
    private int _depth;
    private bool _inString;
    private bool _isEscaped;
    private long _line = 1;
    private long _start;

    private enum State
    {
        BeforeArray,
        BeforeElement,
        Element,
        AfterArray,
    }

    /// <exception cref="FormatException">An element is too long.</exception>
    public IEnumerable<RawRecord> Add(ReadOnlyMemory<byte> piece)
    {
        for (var index = 0; index < piece.Length; index++)
        {
            var value = piece.Span[index];
            _line += value == '\n' ? 1 : 0;
            if (Take(value) is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>To be called after the last chunk: what is wrong with the end of the file, if anything.</summary>
    public RawRecord? End() => _state == State.AfterArray ? null : new RawRecord(_line, default, "the array has no end: the file may be truncated");

    private RawRecord? Take(byte value)
    {
        switch (_state)
        {
            case State.BeforeArray:
                _state = value == '[' ? State.BeforeElement : _state;
                return null;
            case State.BeforeElement when IsSpace(value) || value == ',':
                return null;
            case State.BeforeElement when value == ']':
                _state = State.AfterArray;
                return null;
            case State.BeforeElement:
                (_state, _start, _depth) = (State.Element, _line, 0);
                return Within(value);
            case State.Element:
                return Within(value);
            default:
                return IsSpace(value) ? null : throw new FormatException($"line {_line}: text after the end of the array");
        }
    }

    private RawRecord? Within(byte value)
    {
        if (!_inString && _depth == 0 && value is (byte)',' or (byte)']')
        {
            // The end of an element without brackets, such as a number: whoever parses it says what is wrong.
            _state = value == ']' ? State.AfterArray : State.BeforeElement;
            return Cut();
        }

        if (_element.Length >= longest)
        {
            throw new FormatException($"the record at line {_start} is longer than {longest} bytes");
        }

        _element.WriteByte(value);
        if (_inString)
        {
            (_inString, _isEscaped) = (_isEscaped || value != '"', !_isEscaped && value == '\\');
            return null;
        }

        _inString = value == '"';
        _depth += value switch
        {
            (byte)'{' or (byte)'[' => 1,
            (byte)'}' or (byte)']' => -1,
            _ => 0,
        };
        if (_depth == 0 && value is (byte)'}' or (byte)']')
        {
            _state = State.BeforeElement;
            return Cut();
        }

        return null;
    }

    private RawRecord Cut()
    {
        var json = _element.ToArray();
        _element.SetLength(0);
        return new RawRecord(_start, json);
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
}
