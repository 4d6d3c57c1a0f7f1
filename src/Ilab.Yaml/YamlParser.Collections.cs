namespace Ilab.Yaml;

public sealed partial class YamlParser
{
    private void ParseBlockSequence(YamlSequence sequence)
    {
        scanner.Take();
        while (IsNext(YamlTokenKind.BlockEntry))
        {
            var entry = scanner.Take();
            sequence.Items.Add(IsNext(YamlTokenKind.BlockEntry, YamlTokenKind.BlockEnd) ? Empty(entry.End) : ParseNode(block: true, indentless: false));
        }

        EndBlock("a list");
    }

    private void ParseIndentlessSequence(YamlSequence sequence)
    {
        while (IsNext(YamlTokenKind.BlockEntry))
        {
            var entry = scanner.Take();
            sequence.Items.Add(
                IsNext(YamlTokenKind.BlockEntry, YamlTokenKind.Key, YamlTokenKind.Value, YamlTokenKind.BlockEnd)
                    ? Empty(entry.End)
                    : ParseNode(block: true, indentless: false)
            );
        }
    }

    private void ParseBlockMapping(YamlMapping mapping)
    {
        scanner.Take();
        while (IsNext(YamlTokenKind.Key))
        {
            var key = ParseBlockPart(scanner.Take());
            var value = IsNext(YamlTokenKind.Value) ? ParseBlockPart(scanner.Take()) : Empty(scanner.Peek().Start);
            mapping.Pairs.Add((key, value));
        }

        EndBlock("a mapping");
    }

    private YamlNode ParseBlockPart(YamlToken mark) =>
        IsNext(YamlTokenKind.Key, YamlTokenKind.Value, YamlTokenKind.BlockEnd) ? Empty(mark.End) : ParseNode(block: true, indentless: true);

    private void EndBlock(string what)
    {
        if (!IsNext(YamlTokenKind.BlockEnd))
        {
            throw Error(
                scanner.Peek().Start,
                $"this does not belong to {what} that is not over yet",
                "indent the line like its neighbours; text that goes on is indented deeper than its key"
            );
        }

        scanner.Take();
    }

    private void ParseFlowSequence(YamlSequence sequence)
    {
        scanner.Take();
        for (var first = true; !IsNext(YamlTokenKind.FlowSequenceEnd); first = false)
        {
            if (!first)
            {
                TakeComma("]");
            }

            if (IsNext(YamlTokenKind.Key))
            {
                sequence.Items.Add(ParsePair());
            }
            else if (!IsNext(YamlTokenKind.FlowSequenceEnd))
            {
                sequence.Items.Add(ParseNode(block: false, indentless: false));
            }
        }

        scanner.Take();
    }

    /// <summary>A mapping of one pair, written inside of [ ] without braces.</summary>
    private YamlMapping ParsePair()
    {
        if (++_depth > Deepest)
        {
            throw new YamlException(YamlStage.Depth, scanner.Peek().Start, $"nested more than {Deepest} levels deep", "write it with fewer levels");
        }

        var mark = scanner.Take();
        var pair = new YamlMapping(null, mark.Start);
        var key = IsNext(YamlTokenKind.Value, YamlTokenKind.FlowEntry, YamlTokenKind.FlowSequenceEnd)
            ? Empty(mark.End)
            : ParseNode(block: false, indentless: false);
        pair.Pairs.Add((key, ParseFlowValue(YamlTokenKind.FlowSequenceEnd)));
        _depth--;
        return pair;
    }

    private YamlNode ParseFlowValue(YamlTokenKind end)
    {
        if (!IsNext(YamlTokenKind.Value))
        {
            return Empty(scanner.Peek().Start);
        }

        var mark = scanner.Take();
        return IsNext(YamlTokenKind.FlowEntry, end) ? Empty(mark.End) : ParseNode(block: false, indentless: false);
    }

    private void ParseFlowMapping(YamlMapping mapping)
    {
        scanner.Take();
        for (var first = true; !IsNext(YamlTokenKind.FlowMappingEnd); first = false)
        {
            if (!first)
            {
                TakeComma("}");
            }

            if (IsNext(YamlTokenKind.Key))
            {
                var mark = scanner.Take();
                var key = IsNext(YamlTokenKind.Value, YamlTokenKind.FlowEntry, YamlTokenKind.FlowMappingEnd)
                    ? Empty(mark.End)
                    : ParseNode(block: false, indentless: false);
                mapping.Pairs.Add((key, ParseFlowValue(YamlTokenKind.FlowMappingEnd)));
            }
            else if (!IsNext(YamlTokenKind.FlowMappingEnd))
            {
                var key = ParseNode(block: false, indentless: false);
                mapping.Pairs.Add((key, Empty(scanner.Peek().Start)));
            }
        }

        scanner.Take();
    }

    private void TakeComma(string end)
    {
        if (!IsNext(YamlTokenKind.FlowEntry))
        {
            throw Error(scanner.Peek().Start, $"\",\" or \"{end}\" is missing here", "close what was opened, and put texts with special characters in quotes");
        }

        scanner.Take();
    }
}
