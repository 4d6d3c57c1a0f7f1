using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Roles of tokens; the first who gives a role to a token counts.</summary>
internal sealed class TokenRoles
{
    /// <summary>In the order in which they are looked up.</summary>
    public static readonly string[] Names = ["bos", "eos", "unk", "sep", "pad", "mask", "eot", "eom"];

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly int _count;

    /// <param name="tokenizer">tokenizer.json, or null: texts are then looked up nowhere.</param>
    public TokenRoles(string[] tokens, JsonElement? tokenizer)
    {
        _count = tokens.Length;
        foreach (var token in tokenizer is { } root ? TokenizerJson.AddedIn(root) : [])
        {
            _texts.TryAdd(token.Content, token.Id);
        }

        // A role may be that of a token of the vocabulary itself.
        for (var id = 0; tokenizer is not null && id < tokens.Length; id++)
        {
            _texts.TryAdd(tokens[id], id);
        }
    }

    public int? Find(string role) => _ids.TryGetValue(role, out var id) ? id : null;

    /// <exception cref="ConversionException">The first or the last token of texts is one that the model has no row for.</exception>
    public void SetText(string role, string? text)
    {
        if (text is null || !_texts.TryGetValue(text, out var id))
        {
            return;
        }

        if (id >= _count && role is ("bos" or "eos"))
        {
            throw new ConversionException(
                $"the tokenizer's {role}_token {text} is number {id}, but the model has rows for {_count} tokens only (vocab_size)",
                "the tokenizer is not that of the model"
            );
        }

        Set(role, id);
    }

    /// <param name="said">A number, or a list whose first number counts.</param>
    public void SetId(string role, JsonElement? said)
    {
        if ((said.Int() ?? said.Items().Select(static item => ((JsonElement?)item).Int()).FirstOrDefault()) is { } id)
        {
            Set(role, id);
        }
    }

    private void Set(string role, int id)
    {
        if (id >= 0 && id < _count)
        {
            _ids.TryAdd(role, id);
        }
    }
}
