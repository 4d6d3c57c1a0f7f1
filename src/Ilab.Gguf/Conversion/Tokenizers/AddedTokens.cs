using System.Globalization;
using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>A token that stands beside the vocabulary.</summary>
internal sealed record AddedToken(int Id, string Content, bool IsSpecial)
{
    /// <summary>Texts that steer a model, whatever their flag says: some makers forgot it.</summary>
    public bool LooksSpecial =>
        Content is "<pad>" or "<mask>" or "<2mass>" or "[@BOS@]"
        || (Content.StartsWith("<|", StringComparison.Ordinal) && Content.EndsWith("|>", StringComparison.Ordinal))
        || (Content.StartsWith("<\uFF5C", StringComparison.Ordinal) && Content.EndsWith("\uFF5C>", StringComparison.Ordinal))
        || (Content.StartsWith("<unused", StringComparison.Ordinal) && Content.EndsWith('>'));
}

/// <summary>The files that list such tokens.</summary>
internal static class AddedTokenFiles
{
    public const string AddedTokens = "added_tokens.json",
        Config = "tokenizer_config.json";

    /// <summary>Of added_tokens.json, none of them special.</summary>
    public static IEnumerable<AddedToken> InFile(SourceFolder folder)
    {
        using var added = folder.ReadJson(AddedTokens);
        foreach (var entry in added?.RootElement.EnumerateObject().ToArray() ?? [])
        {
            yield return new AddedToken(((JsonElement?)entry.Value).Int() ?? int.MaxValue, entry.Name, false);
        }
    }

    /// <summary>Of <c>added_tokens_decoder</c> in tokenizer_config.json.</summary>
    public static IEnumerable<AddedToken> InConfig(SourceFolder folder)
    {
        using var config = folder.ReadJson(Config);
        if (config?.RootElement.Find("added_tokens_decoder") is not { ValueKind: JsonValueKind.Object } decoder)
        {
            yield break;
        }

        foreach (var entry in decoder.EnumerateObject())
        {
            if (int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && entry.Value.Find("content").Text() is { } content)
            {
                yield return new AddedToken(id, content, entry.Value.Find("special").Flag() ?? false);
            }
        }
    }
}
