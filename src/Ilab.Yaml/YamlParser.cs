namespace Ilab.Yaml;

/// <summary>
/// Tokens to the one document of a text. Aliases become references, so that a few bytes cannot become gigabytes; nesting is bounded.
/// </summary>
public sealed partial class YamlParser(YamlScanner scanner)
{
    /// <summary>Levels of nesting. Python, with its thousand frames, gives up at about as many.</summary>
    public const int Deepest = 480;

    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private Dictionary<string, string> _handles = [];
    private int _depth;

    /// <summary>The document; null when there is nothing but comments.</summary>
    /// <exception cref="YamlException">Not a single document of well-formed YAML.</exception>
    public YamlNode? Parse()
    {
        scanner.Take();
        if (IsNext(YamlTokenKind.StreamEnd))
        {
            return null;
        }

        var isBare = !IsNext(YamlTokenKind.Directive, YamlTokenKind.DocumentStart);
        if (!isBare && !BeginDocument())
        {
            return null;
        }

        if (isBare)
        {
            _handles = DefaultHandles();
        }

        // "..." alone is a document to the reference when nothing marks its beginning: the parser then finds no content.
        var root =
            !isBare && IsNext(YamlTokenKind.Directive, YamlTokenKind.DocumentStart, YamlTokenKind.DocumentEnd, YamlTokenKind.StreamEnd)
                ? Empty(scanner.Peek().Start)
                : ParseNode(block: true, indentless: false);
        if (IsNext(YamlTokenKind.DocumentEnd))
        {
            scanner.Take();
        }

        var second = scanner.Peek().Start;
        if (!IsNext(YamlTokenKind.StreamEnd) && BeginDocument())
        {
            throw new YamlException(YamlStage.Composer, second, "a second document begins here", "keep one document in a file; remove the ---");
        }

        return root;
    }

    private static Dictionary<string, string> DefaultHandles() => new(StringComparer.Ordinal) { ["!"] = "!", ["!!"] = YamlTyping.Prefix };

    /// <summary>Takes directives and the mark of a document's beginning; false when the text ends instead.</summary>
    private bool BeginDocument()
    {
        while (IsNext(YamlTokenKind.DocumentEnd))
        {
            scanner.Take();
        }

        if (IsNext(YamlTokenKind.StreamEnd))
        {
            return false;
        }

        TakeDirectives();
        if (!IsNext(YamlTokenKind.DocumentStart))
        {
            throw Error(scanner.Peek().Start, "the document is over, and text follows", "check the indentation of this line and of the lines before it");
        }

        scanner.Take();
        return true;
    }

    private void TakeDirectives()
    {
        var handles = new Dictionary<string, string>(StringComparer.Ordinal);
        var hasVersion = false;
        while (IsNext(YamlTokenKind.Directive))
        {
            var token = scanner.Take();
            var parts = token.Extra?.Split(' ', 2);
            if (token.Text == "YAML")
            {
                if (hasVersion || parts![0] != "1")
                {
                    throw Error(token.Start, hasVersion ? "%YAML stands here twice" : "a version of YAML that is not 1.x", "remove the line");
                }

                hasVersion = true;
            }
            else if (token.Text == "TAG" && !handles.TryAdd(parts![0], parts[1]))
            {
                throw Error(token.Start, $"the tag handle {parts[0]} is defined twice", "remove the line");
            }
        }

        _handles = DefaultHandles();
        foreach (var (handle, prefix) in handles)
        {
            _handles[handle] = prefix;
        }
    }

    private YamlNode ParseNode(bool block, bool indentless)
    {
        var first = scanner.Peek();
        if (first.Kind == YamlTokenKind.Alias)
        {
            scanner.Take();
            return _anchors.TryGetValue(first.Text, out var target)
                ? target
                : throw new YamlException(
                    YamlStage.Composer,
                    first.Start,
                    $"*{first.Text} stands for nothing: there is no &{first.Text} before it",
                    "put the text in quotes if it is meant as text"
                );
        }

        if (++_depth > Deepest)
        {
            throw new YamlException(YamlStage.Depth, first.Start, $"nested more than {Deepest} levels deep", "write it with fewer levels");
        }

        var (anchor, tag) = TakeProperties();
        var node = ParseContent(block, indentless, tag, first, anchor);
        _depth--;
        return node;
    }

    private (YamlToken? Anchor, YamlToken? Tag) TakeProperties()
    {
        YamlToken? anchor = null,
            tag = null;
        for (var round = 0; round < 2; round++)
        {
            if (anchor is null && IsNext(YamlTokenKind.Anchor))
            {
                anchor = scanner.Take();
            }
            else if (tag is null && IsNext(YamlTokenKind.Tag))
            {
                tag = scanner.Take();
            }
        }

        return (anchor, tag);
    }

    private YamlNode ParseContent(bool block, bool indentless, YamlToken? tagToken, YamlToken first, YamlToken? anchor)
    {
        var tag = Resolve(tagToken);
        var next = scanner.Peek();
        switch (next.Kind)
        {
            case YamlTokenKind.BlockEntry when indentless:
                return Fill(new YamlSequence(Meant(tag), first.Start), anchor, ParseIndentlessSequence);
            case YamlTokenKind.Scalar:
                scanner.Take();
                var isTyped = (next.Style == YamlStyle.Plain && tag is null) || tag == "!";
                return Fill(new YamlScalar(Meant(tag), first.Start, next.Text, isTyped) { Style = next.Style, End = next.End }, anchor, static _ => { });
            case YamlTokenKind.FlowSequenceStart:
                return Fill(new YamlSequence(Meant(tag), first.Start), anchor, ParseFlowSequence);
            case YamlTokenKind.FlowMappingStart:
                return Fill(new YamlMapping(Meant(tag), first.Start), anchor, ParseFlowMapping);
            case YamlTokenKind.BlockSequenceStart when block:
                return Fill(new YamlSequence(Meant(tag), first.Start), anchor, ParseBlockSequence);
            case YamlTokenKind.BlockMappingStart when block:
                return Fill(new YamlMapping(Meant(tag), first.Start), anchor, ParseBlockMapping);
            default:
                if (anchor is null && tagToken is null)
                {
                    throw Error(next.Start, "a value is missing here", "check the indentation, and put texts that begin with a special character in quotes");
                }

                return Fill(new YamlScalar(Meant(tag), first.Start, "", tag is null or "!"), anchor, static _ => { });
        }
    }

    /// <summary>"!" leaves the meaning to the content.</summary>
    private static string? Meant(string? tag) => tag == "!" ? null : tag;

    private string? Resolve(YamlToken? tag)
    {
        if (tag?.Extra is null)
        {
            return tag?.Text;
        }

        return _handles.TryGetValue(tag.Extra, out var prefix)
            ? prefix + tag.Text
            : throw Error(tag.Start, $"the tag handle {tag.Extra} is not defined", "put the text in quotes if it is meant as text");
    }

    private T Fill<T>(T node, YamlToken? anchor, Action<T> fill)
        where T : YamlNode
    {
        if (anchor is not null && !_anchors.TryAdd(anchor.Text, node))
        {
            throw new YamlException(YamlStage.Composer, anchor.Start, $"&{anchor.Text} is defined twice", "give each anchor a name of its own");
        }

        fill(node);
        return node;
    }

    private static YamlScalar Empty(YamlMark mark) => new(null, mark, "", isPlain: true);

    private bool IsNext(params ReadOnlySpan<YamlTokenKind> kinds) => kinds.Contains(scanner.Peek().Kind);

    private static YamlException Error(YamlMark mark, string message, string fix) => new(YamlStage.Parser, mark, message, fix);
}
