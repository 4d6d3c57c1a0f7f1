namespace Ilab.Taxonomy.Repair;

/// <summary>What mechanical repair made of a file.</summary>
/// <param name="Diff">Unified, with the path as the caller named it.</param>
/// <param name="Repaired">Findings of style that are gone.</param>
public sealed record FileFix(ReadOnlyMemory<byte> Content, string Diff, int Repaired);
