using System.Text;

namespace Ilab.Gguf;

/// <summary>What llama.cpp takes for granted of a vocabulary: it ends the process where it is not so.</summary>
public static class GgufVocabulary
{
    private const string Tokens = "tokenizer.ggml.tokens";

    /// <exception cref="GgufException">Two tokens are the same.</exception>
    public static void Check(GgufFile file, Stream stream)
    {
        if (file.GetString("tokenizer.ggml.model") is null or "no_vocab" or "none" || new GgufArrays(file, stream).Texts(Tokens) is not { } tokens)
        {
            return;
        }

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var index = 0;
        foreach (var token in tokens)
        {
            // As llama.cpp reads it: a text ends at NUL, an empty one gets a name of its own. Latin-1 keeps bytes that are no text apart.
            var nul = token.AsSpan().IndexOf((byte)0);
            var text = Encoding.Latin1.GetString(nul < 0 ? token : token.AsSpan(0, nul));
            if (!seen.TryAdd(text.Length == 0 ? $"[EMPTY_{index}]" : text, index))
            {
                throw new GgufException($"tokens {seen[text]} and {index} of the vocabulary are the same, \"{Encoding.UTF8.GetString(token)}\"");
            }

            index++;
        }
    }
}
