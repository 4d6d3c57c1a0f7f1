using System.Text;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>
/// Splits a document into overlapping chunks with a maximum number of tokens: between Markdown blocks if possible, else between sentences, else between words.
/// A heading stays with the text that follows.
/// </summary>
internal sealed class Chunker(ITokenCounter tokens, int most, int overlap)
{
    private readonly int _overlap = Math.Min(overlap, most / 2);

    public async Task<IReadOnlyList<string>> CutAsync(string text, CancellationToken cancellationToken)
    {
        var pieces = await PiecesAsync(text, cancellationToken).ConfigureAwait(false);
        var chunks = new List<string>();
        var start = 0;
        while (start < pieces.Count)
        {
            var (end, size) = (start, 0);
            while (end < pieces.Count && (end == start || size + pieces[end].Tokens <= most))
            {
                size += pieces[end++].Tokens;
            }

            if (end < pieces.Count && end - 1 > start && pieces[end - 1].IsHeading)
            {
                end--;
            }

            chunks.Add(string.Concat(pieces[start..end].Select(static piece => piece.Text)).Trim());
            if (end == pieces.Count)
            {
                break;
            }

            start = Back(pieces, start, end);
        }

        return [.. chunks.Where(static chunk => chunk.Length > 0)];
    }

    /// <summary>Start of the next chunk for about the requested overlap; always advances.</summary>
    private int Back(List<Piece> pieces, int start, int end)
    {
        var (next, shared) = (end, 0);
        while (next - 1 > start && shared + pieces[next - 1].Tokens <= _overlap && shared + pieces[next - 1].Tokens + pieces[end].Tokens <= most)
        {
            shared += pieces[--next].Tokens;
        }

        return next;
    }

    private async Task<List<Piece>> PiecesAsync(string text, CancellationToken cancellationToken)
    {
        var pieces = new List<Piece>();
        foreach (var (whole, isHeading) in MarkdownBlocks.Of(text))
        {
            var count = await tokens.CountAsync(whole, cancellationToken).ConfigureAwait(false);
            if (count <= Math.Max(1, most / 4))
            {
                pieces.Add(new Piece(whole, count, isHeading));
                continue;
            }

            foreach (var sentence in Sentences(whole))
            {
                await AddAsync(pieces, sentence, cancellationToken).ConfigureAwait(false);
            }
        }

        return pieces;
    }

    private async Task AddAsync(List<Piece> pieces, string sentence, CancellationToken cancellationToken)
    {
        var count = await tokens.CountAsync(sentence, cancellationToken).ConfigureAwait(false);
        if (count <= most)
        {
            pieces.Add(new Piece(sentence, count, false));
            return;
        }

        // No sentence boundary for a long time: split in the middle, between words if possible.
        var middle = sentence.LastIndexOf(' ', sentence.Length / 2) is > 0 and var blank ? blank + 1 : sentence.Length / 2;
        middle += middle < sentence.Length && char.IsLowSurrogate(sentence[middle]) ? 1 : 0;
        if (middle == 0 || middle >= sentence.Length)
        {
            pieces.Add(new Piece(sentence, most, false));
            return;
        }

        await AddAsync(pieces, sentence[..middle], cancellationToken).ConfigureAwait(false);
        await AddAsync(pieces, sentence[middle..], cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<string> Sentences(string paragraph)
    {
        var sentence = new StringBuilder();
        for (var index = 0; index < paragraph.Length; index++)
        {
            sentence.Append(paragraph[index]);
            var isEnd = paragraph[index] is ('.' or '!' or '?' or '\n' or '。') && index + 1 < paragraph.Length && char.IsWhiteSpace(paragraph[index + 1]);
            if (isEnd && sentence.Length > 1)
            {
                while (index + 1 < paragraph.Length && char.IsWhiteSpace(paragraph[index + 1]))
                {
                    sentence.Append(paragraph[++index]);
                }

                yield return sentence.ToString();
                sentence.Clear();
            }
        }

        if (sentence.Length > 0)
        {
            yield return sentence.ToString();
        }
    }

    private readonly record struct Piece(string Text, int Tokens, bool IsHeading);
}
