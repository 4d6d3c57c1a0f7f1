using System.Buffers.Binary;
using System.Text;

namespace Ilab.Gguf.Conversion.HuggingFace.Pickles;

/// <summary>
/// Reads the values of a pickle. Nothing of it is run: names of functions become <see cref="PickleCall"/>s that say what was asked for, and whoever reads them
/// decides what they are.
/// </summary>
internal sealed class PickleMachine(byte[] bytes)
{
    private const int MostSteps = 20_000_000,
        MostNested = 1_000_000;

    private readonly Stack<object?> _stack = new();
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<int, object?> _memo = [];
    private int _at;

    /// <summary>Where the next pickle begins, when several follow one another.</summary>
    public int Position => _at;

    /// <exception cref="PickleException">Not a pickle, or one with steps that checkpoints do not need.</exception>
    public object? Read(int start)
    {
        (_at, var steps) = (start, 0);
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        while (true)
        {
            if (++steps > MostSteps || _stack.Count > MostNested)
            {
                throw new PickleException("it has more steps than makes sense");
            }

            var code = (char)Byte();
            if (code == '.')
            {
                return Pop();
            }

            Step(code);
        }
    }

    private void Step(char code)
    {
        switch (code)
        {
            case '\x80':
                Byte();
                break;
            case '\x95':
                Bytes(8);
                break;
            case '(':
                _marks.Push(_stack.Count);
                break;
            case '0':
                Pop();
                break;
            case '1':
                PopToMark();
                break;
            case 'q':
                _memo[Byte()] = _stack.Count > 0 ? _stack.Peek() : throw Broken();
                break;
            case 'r':
                _memo[Int()] = _stack.Count > 0 ? _stack.Peek() : throw Broken();
                break;
            case '\x94':
                _memo[_memo.Count] = _stack.Count > 0 ? _stack.Peek() : throw Broken();
                break;
            case 'h':
                _stack.Push(Remembered(Byte()));
                break;
            case 'j':
                _stack.Push(Remembered(Int()));
                break;
            case 'c':
                _stack.Push(new PickleName(Line(), Line()));
                break;
            case '\x93':
                var (name, module) = (Pop() as string, Pop() as string);
                _stack.Push(new PickleName(module ?? throw Broken(), name ?? throw Broken()));
                break;
            case 'R' or '\x81':
                var arguments = Pop() as object?[] ?? throw Broken();
                _stack.Push(new PickleCall(Pop() as PickleName ?? throw Broken(), arguments));
                break;
            case 'b':
                // The state of an object: of no use here, as no object is made.
                Pop();
                break;
            case 'Q':
                _stack.Push(new PickleStorage(Pop() as object?[] ?? throw Broken()));
                break;
            default:
                if (!Collect(code) && !Constant(code))
                {
                    throw new PickleException($"it has a step (0x{(int)code:X2}) that no checkpoint needs");
                }

                break;
        }
    }

    private bool Collect(char code)
    {
        switch (code)
        {
            case '}':
                _stack.Push(new Dictionary<string, object?>(StringComparer.Ordinal));
                break;
            case ']':
                _stack.Push(new List<object?>());
                break;
            case ')':
                _stack.Push(Array.Empty<object?>());
                break;
            case 't':
                _stack.Push(PopToMark());
                break;
            case '\x85':
                _stack.Push(new[] { Pop() });
                break;
            case '\x86':
                var second = Pop();
                _stack.Push(new[] { Pop(), second });
                break;
            case '\x87':
                var (third, middle) = (Pop(), Pop());
                _stack.Push(new[] { Pop(), middle, third });
                break;
            case 's':
                var (value, key) = (Pop(), Pop());
                Set([key, value]);
                break;
            case 'u':
                Set(PopToMark());
                break;
            case 'a':
                var item = Pop();
                (Top() as List<object?> ?? throw Broken()).Add(item);
                break;
            case 'e':
                var items = PopToMark();
                (Top() as List<object?> ?? throw Broken()).AddRange(items);
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Constant(char code)
    {
        object? value;
        switch (code)
        {
            case 'N':
                value = null;
                break;
            case '\x88' or '\x89':
                value = code == '\x88';
                break;
            case 'J':
                value = (long)Int();
                break;
            case 'K':
                value = (long)Byte();
                break;
            case 'M':
                value = (long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));
                break;
            case '\x8A':
                value = Long(Bytes(Byte()));
                break;
            case 'G':
                value = BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));
                break;
            case 'X' or 'T':
                value = Encoding.UTF8.GetString(Bytes(Int()));
                break;
            case '\x8C' or 'U':
                value = Encoding.UTF8.GetString(Bytes(Byte()));
                break;
            case '\x8D':
                value = Encoding.UTF8.GetString(Bytes(checked((int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8)), int.MaxValue))));
                break;
            case 'B':
                value = Bytes(Int()).ToArray();
                break;
            case 'C':
                value = Bytes(Byte()).ToArray();
                break;
            default:
                return false;
        }

        _stack.Push(value);
        return true;
    }

    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            // torch.save begins with such a number; nothing else needs one.
            return long.MaxValue;
        }

        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (var index = bytes.Length - 1; index >= 0; index--)
        {
            value = (value << 8) | bytes[index];
        }

        return value;
    }

    private void Set(object?[] pairs)
    {
        // An OrderedDict is made by a call; its entries come afterwards.
        var target = Top();
        var entries = target as Dictionary<string, object?> ?? (target as PickleCall)?.Entries ?? throw Broken();
        for (var index = 0; index + 1 < pairs.Length; index += 2)
        {
            if (pairs[index] is string key)
            {
                entries[key] = pairs[index + 1];
            }
        }
    }

    private object? Remembered(int number) => _memo.TryGetValue(number, out var value) ? value : throw Broken();

    private object? Top() => _stack.TryPeek(out var value) ? value : throw Broken();

    private object? Pop() => _stack.TryPop(out var value) ? value : throw Broken();

    private object?[] PopToMark()
    {
        if (!_marks.TryPop(out var mark) || mark > _stack.Count)
        {
            throw Broken();
        }

        var items = new object?[_stack.Count - mark];
        for (var index = items.Length - 1; index >= 0; index--)
        {
            items[index] = _stack.Pop();
        }

        return items;
    }

    private byte Byte() => _at < bytes.Length ? bytes[_at++] : throw Broken();

    private int Int() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > bytes.Length - _at)
        {
            throw Broken();
        }

        _at += count;
        return bytes.AsSpan(_at - count, count);
    }

    private string Line()
    {
        var end = bytes.AsSpan(_at).IndexOf((byte)'\n');
        return end < 0 ? throw Broken() : Encoding.UTF8.GetString(Bytes(end + 1)[..^1]);
    }

    private static PickleException Broken() => new("it is not a whole pickle");
}
