namespace Ilab.Yaml;

public sealed partial class YamlScanner
{
    private void FetchMore()
    {
        SkipToToken();
        DropStaleKeys();
        Unwind(_column);
        var c = Look();
        switch (c)
        {
            case '\0':
                FetchEnd();
                return;
            case '%' when _column == 0:
                AtDocumentLevel();
                Tokens.Add(ScanDirective());
                return;
            case '-' when _column == 0 && IsSeparator('-'):
                FetchSeparator(YamlTokenKind.DocumentStart);
                return;
            case '.' when _column == 0 && IsSeparator('.'):
                FetchSeparator(YamlTokenKind.DocumentEnd);
                return;
            case '[':
                FetchFlowStart(YamlTokenKind.FlowSequenceStart);
                return;
            case '{':
                FetchFlowStart(YamlTokenKind.FlowMappingStart);
                return;
            case ']':
                FetchFlowEnd(YamlTokenKind.FlowSequenceEnd);
                return;
            case '}':
                FetchFlowEnd(YamlTokenKind.FlowMappingEnd);
                return;
            case ',':
                _keyAllowed = true;
                RemoveKey();
                AddIndicator(YamlTokenKind.FlowEntry);
                return;
            case '-' when YamlText.EndsWord(Look(1)):
                FetchEntry();
                return;
            case '?' when _flow != 0 || YamlText.EndsWord(Look(1)):
                FetchKey();
                return;
            case ':' when _flow != 0 || YamlText.EndsWord(Look(1)):
                FetchValue();
                return;
            case '*':
                FetchWord(ScanAnchor(YamlTokenKind.Alias));
                return;
            case '&':
                FetchWord(ScanAnchor(YamlTokenKind.Anchor));
                return;
            case '!':
                FetchWord(ScanTag);
                return;
            case '|' or '>' when _flow == 0:
                _keyAllowed = true;
                RemoveKey();
                Tokens.Add(ScanBlockScalar(c == '>' ? YamlStyle.Folded : YamlStyle.Literal));
                return;
            case '\'' or '"':
                FetchWord(() => ScanQuoted(c));
                return;
            default:
                if (!CanBeginPlain(c))
                {
                    throw Error(
                        Mark,
                        c == '\t' ? "a tab where a value or a key should begin" : $"nothing can begin with {Shown(c)}",
                        c == '\t' ? "use spaces, or put the text in quotes" : "put the text in quotes"
                    );
                }

                SaveKey();
                _keyAllowed = false;
                Tokens.Add(ScanPlain());
                return;
        }
    }

    private void SkipToToken()
    {
        if (_index == 0 && Look() == '\uFEFF')
        {
            Forward();
        }

        while (true)
        {
            SkipSpaces();
            SkipComment();
            if (TakeBreak().Length == 0)
            {
                return;
            }

            _keyAllowed |= _flow == 0;
        }
    }

    private bool CanBeginPlain(char c) =>
        (!YamlText.EndsWord(c) && !"-?:,[]{}#&*!|>'\"%@`".Contains(c, StringComparison.Ordinal))
        || (!YamlText.EndsWord(Look(1)) && (c == '-' || (_flow == 0 && c is '?' or ':')));

    private void AddIndicator(YamlTokenKind kind, int length = 1)
    {
        var start = Mark;
        Forward(length);
        Tokens.Add(new YamlToken(kind, start, Mark));
    }

    private void AtDocumentLevel()
    {
        Unwind(-1);
        RemoveKey();
        _keyAllowed = false;
    }

    private void FetchEnd()
    {
        AtDocumentLevel();
        _possibleKeys.Clear();
        Tokens.Add(new YamlToken(YamlTokenKind.StreamEnd, Mark, Mark));
        _done = true;
    }

    private void FetchSeparator(YamlTokenKind kind)
    {
        AtDocumentLevel();
        AddIndicator(kind, 3);
    }

    private void FetchFlowStart(YamlTokenKind kind)
    {
        SaveKey();
        _flow++;
        _keyAllowed = true;
        AddIndicator(kind);
    }

    private void FetchFlowEnd(YamlTokenKind kind)
    {
        RemoveKey();
        _flow--;
        _keyAllowed = false;
        AddIndicator(kind);
    }

    private void FetchEntry()
    {
        if (_flow == 0)
        {
            RequireKeyAllowed("a list entry cannot begin here", "put the dash on a line of its own, below its key");
            StartBlock(YamlTokenKind.BlockSequenceStart);
        }

        _keyAllowed = true;
        RemoveKey();
        AddIndicator(YamlTokenKind.BlockEntry);
    }

    private void FetchKey()
    {
        if (_flow == 0)
        {
            RequireKeyAllowed("a key cannot begin here", "put the question mark on a line of its own, or the text in quotes");
            StartBlock(YamlTokenKind.BlockMappingStart);
        }

        _keyAllowed = _flow == 0;
        RemoveKey();
        AddIndicator(YamlTokenKind.Key);
    }

    private void FetchValue()
    {
        if (_possibleKeys.Remove(_flow, out var key))
        {
            Tokens.Insert(key.Token, new YamlToken(YamlTokenKind.Key, key.Mark, key.Mark));
            if (_flow == 0 && Indent(key.Mark.Column))
            {
                Tokens.Insert(key.Token, new YamlToken(YamlTokenKind.BlockMappingStart, key.Mark, key.Mark));
            }

            _keyAllowed = false;
        }
        else
        {
            if (_flow == 0)
            {
                RequireKeyAllowed("a colon inside of a text", "put the text in quotes, or behind a | on lines of its own; check the indentation of the line");
                StartBlock(YamlTokenKind.BlockMappingStart);
            }

            _keyAllowed = _flow == 0;
            RemoveKey();
        }

        AddIndicator(YamlTokenKind.Value);
    }

    private void FetchWord(Func<YamlToken> scan)
    {
        SaveKey();
        _keyAllowed = false;
        Tokens.Add(scan());
    }

    private void RequireKeyAllowed(string message, string fix)
    {
        if (!_keyAllowed)
        {
            throw Error(Mark, message, fix);
        }
    }

    private void StartBlock(YamlTokenKind kind)
    {
        if (Indent(_column))
        {
            Tokens.Add(new YamlToken(kind, Mark, Mark));
        }
    }

    private static string Shown(char c) =>
        c == '\0' ? "the end of the file"
        : char.IsControl(c) || c > '~' ? $"U+{(int)c:X4}"
        : $"\"{c}\"";
}
