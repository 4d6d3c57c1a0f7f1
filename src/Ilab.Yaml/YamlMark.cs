namespace Ilab.Yaml;

/// <summary>A place in a text.</summary>
/// <param name="Index">Offset in UTF-16 units.</param>
/// <param name="Line">From 0.</param>
/// <param name="Column">In characters (code points), from 0.</param>
public readonly record struct YamlMark(int Index, int Line, int Column);
