namespace Ilab.Starter.Corpus;

/// <summary>Something that can be asked, in several words, and what is to be said.</summary>
/// <param name="Questions">Phrasings.</param>
/// <param name="Answer">A whole sentence or two.</param>
/// <param name="Brief">The same in a word or two; empty = the answer is short already.</param>
internal sealed record Exchange(IReadOnlyList<string> Questions, string Answer, string Brief = "");
