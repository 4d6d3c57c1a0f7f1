namespace Ilab.Yaml;

public enum YamlTokenKind
{
    StreamStart,
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
}

public enum YamlStyle
{
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// <summary>One token.</summary>
/// <param name="Text">A scalar's value, an anchor's name, a tag's suffix, a directive's name.</param>
/// <param name="Extra">A tag's handle; what follows the name of a directive, its parts divided by a space.</param>
public sealed record YamlToken(YamlTokenKind Kind, YamlMark Start, YamlMark End, string Text = "", string? Extra = null, YamlStyle Style = YamlStyle.Plain);
