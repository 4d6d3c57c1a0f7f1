using Ilab.Yaml;

namespace Ilab.Taxonomy.Lint;

/// <summary>
/// The first indentation of a file is the file's step, and whether lists are indented below their key is decided by the first list; every line that begins
/// with a token has to agree. Lines inside of texts are not looked at.
/// </summary>
internal sealed class IndentationRule
{
    private readonly Stack<IndentFrame> _open = new([new IndentFrame(FrameKind.Root, 0)]);
    private int? _step;
    private bool? _listsIndented;
    private int _line;
    private int _lineIndent;
    private bool _lost;

    private IndentFrame Top => _open.Peek();

    public void Check(TokenView view, List<LintProblem> problems)
    {
        if (_lost)
        {
            return;
        }

        var isVisible =
            view.Kind is not (YamlTokenKind.StreamStart or YamlTokenKind.StreamEnd or YamlTokenKind.BlockEnd)
            && !(view.Kind == YamlTokenKind.Scalar && view.Token.Text.Length == 0);
        if (isVisible)
        {
            var isFirst = view.Token.Start.Line + 1 > _line;
            if (isFirst)
            {
                Compare(view, problems);
            }

            _line = LastLine(view);
            _lineIndent = isFirst ? view.Token.Start.Column : _lineIndent;
        }

        if (!Open(view) || !Close(view))
        {
            _lost = true;
            problems.Add(
                new LintProblem(
                    view.Token.Start.Line + 1,
                    view.Token.Start.Column + 1,
                    "indentation",
                    true,
                    "the indentation is too unusual to be judged",
                    "write every key on a line of its own"
                )
            );
        }
    }

    private void Compare(TokenView view, List<LintProblem> problems)
    {
        var found = view.Token.Start.Column;
        var expected = Top.Indent;
        if (view.Kind is YamlTokenKind.FlowMappingEnd or YamlTokenKind.FlowSequenceEnd)
        {
            expected = Top.LineIndent;
        }
        else if (Top is { Kind: FrameKind.Key, IsExplicit: true } && view.Kind != YamlTokenKind.Value)
        {
            expected = Deeper(expected, view.Token);
        }

        if (found != expected)
        {
            var message = expected < 0 ? $"indented by {found}, expected more than {found}" : $"indented by {found}, expected {expected}";
            problems.Add(
                new LintProblem(
                    view.Token.Start.Line + 1,
                    found + 1,
                    "indentation",
                    true,
                    message,
                    expected < 0 ? "indent the line" : $"begin the line with {expected} spaces"
                )
                {
                    Expected = expected,
                }
            );
        }
    }

    /// <summary>Where the lines one step deeper begin; the first that asks decides what a step is.</summary>
    private int Deeper(int indent, YamlToken next) => indent + (_step ??= next.Start.Column - indent);

    /// <summary>The last line that a token really reaches into: the end of a text behind | lies after its empty lines.</summary>
    private static int LastLine(TokenView view)
    {
        var line = view.Token.End.Line + 1;
        if (view.Kind == YamlTokenKind.Scalar)
        {
            for (var at = view.Token.End.Index - 1; at >= Math.Max(0, view.Token.Start.Index - 1) && char.IsWhiteSpace(view.Text[at]); at--)
            {
                line -= view.Text[at] == '\n' ? 1 : 0;
            }
        }

        return line;
    }

    /// <summary>What begins with this token; false when it cannot begin here.</summary>
    private bool Open(TokenView view)
    {
        var token = view.Token;
        switch (view.Kind)
        {
            case YamlTokenKind.BlockMappingStart:
                _open.Push(new IndentFrame(FrameKind.BlockMapping, token.Start.Column));
                return view.After is { Kind: YamlTokenKind.Key } key && key.Start.Line == token.Start.Line;
            case YamlTokenKind.BlockSequenceStart:
                _open.Push(new IndentFrame(FrameKind.BlockSequence, token.Start.Column));
                return view.After is { Kind: YamlTokenKind.BlockEntry } entry && entry.Start.Line == token.Start.Line;
            case YamlTokenKind.FlowMappingStart or YamlTokenKind.FlowSequenceStart when view.After is { } inner:
                var kind = view.Kind == YamlTokenKind.FlowMappingStart ? FrameKind.FlowMapping : FrameKind.FlowSequence;
                var indent = inner.Start.Line == token.Start.Line ? inner.Start.Column : Deeper(_lineIndent, inner);
                _open.Push(new IndentFrame(kind, indent) { LineIndent = _lineIndent });
                return true;
            case YamlTokenKind.BlockEntry when view.After is { Kind: not (YamlTokenKind.BlockEntry or YamlTokenKind.BlockEnd) } item:
                OpenEntry(token, item);
                return true;
            case YamlTokenKind.Key:
                _open.Push(new IndentFrame(FrameKind.Key, Top.Indent) { IsExplicit = view.IsExplicitKey });
                return true;
            case YamlTokenKind.Value:
                return Top.Kind == FrameKind.Key && OpenValue(view);
            default:
                return true;
        }
    }

    private void OpenEntry(YamlToken dash, YamlToken item)
    {
        if (Top.Kind != FrameKind.BlockSequence)
        {
            _open.Push(new IndentFrame(FrameKind.BlockSequence, dash.Start.Column) { IsUnmarked = true });
        }

        var isBeside = item.Start.Line == dash.End.Line || item.Start.Column == dash.Start.Column;
        _open.Push(new IndentFrame(FrameKind.Entry, isBeside ? item.Start.Column : Deeper(dash.Start.Column, item)));
    }

    private bool OpenValue(TokenView view)
    {
        var next = view.After!;
        if (
            next.Kind is YamlTokenKind.Anchor or YamlTokenKind.Tag
            && view.AfterNext is { } content
            && next.Start.Line == view.Before!.Start.Line
            && next.Start.Line < content.Start.Line
        )
        {
            next = content; // "key: &name" or "key: !tag", and the value below
        }

        if (next.Kind is YamlTokenKind.BlockEnd or YamlTokenKind.FlowMappingEnd or YamlTokenKind.FlowSequenceEnd or YamlTokenKind.Key)
        {
            return true; // no value
        }

        int indent;
        if (Top.IsExplicit)
        {
            indent = Deeper(Top.Indent, next);
        }
        else if (next.Start.Line == view.Before!.Start.Line)
        {
            indent = next.Start.Column;
        }
        else if (next.Kind is YamlTokenKind.BlockSequenceStart or YamlTokenKind.BlockEntry)
        {
            indent = ListIndent(next);
        }
        else
        {
            indent = Deeper(Top.Indent, next);
        }

        _open.Push(new IndentFrame(FrameKind.Value, indent));
        return true;
    }

    private int ListIndent(YamlToken list)
    {
        var key = Top.Indent;
        var isBelow = list.Start.Column == key;
        if (_listsIndented is null)
        {
            _listsIndented = !isBelow;
            return isBelow ? key : Deeper(key, list);
        }

        if (_listsIndented is false)
        {
            return key;
        }

        return _step is null && isBelow ? -1 : Deeper(key, list);
    }

    /// <summary>What ends with this token, and what ends because of what comes next; false when they do not fit together.</summary>
    private bool Close(TokenView view)
    {
        var isTaken = false;
        while (true)
        {
            var next = view.After?.Kind;
            var isEnd =
                !isTaken
                && Top.Kind switch
                {
                    FrameKind.FlowSequence => view.Kind == YamlTokenKind.FlowSequenceEnd,
                    FrameKind.FlowMapping => view.Kind == YamlTokenKind.FlowMappingEnd,
                    FrameKind.BlockMapping or FrameKind.BlockSequence => view.Kind == YamlTokenKind.BlockEnd && !Top.IsUnmarked,
                    _ => false,
                };
            if (isEnd)
            {
                _open.Pop();
                isTaken = true;
            }
            else if (
                Top.Kind == FrameKind.Entry
                && view.Kind is not (YamlTokenKind.BlockEntry or YamlTokenKind.Anchor or YamlTokenKind.Tag)
                && _open.ElementAt(1).IsUnmarked
                && next != YamlTokenKind.BlockEntry
            )
            {
                _open.Pop();
                _open.Pop();
            }
            else if (Top.Kind == FrameKind.Entry && next is YamlTokenKind.BlockEntry or YamlTokenKind.BlockEnd)
            {
                _open.Pop();
            }
            else if (Top.Kind == FrameKind.Value && view.Kind is not (YamlTokenKind.Value or YamlTokenKind.Anchor or YamlTokenKind.Tag))
            {
                _open.Pop();
                if (_open.Pop().Kind != FrameKind.Key)
                {
                    return false;
                }
            }
            else if (
                Top.Kind == FrameKind.Key
                && next is YamlTokenKind.BlockEnd or YamlTokenKind.FlowMappingEnd or YamlTokenKind.FlowSequenceEnd or YamlTokenKind.Key
            )
            {
                _open.Pop();
            }
            else
            {
                return true;
            }
        }
    }
}
