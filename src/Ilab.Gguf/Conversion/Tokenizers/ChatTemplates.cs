using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// Chat templates: a file of their own, with others in a folder beside it, or in tokenizer_config.json, as one text or as several with names.
/// </summary>
internal static class ChatTemplates
{
    /// <summary>The name of the one that is taken where none is asked for.</summary>
    public const string Default = "default";

    private const string Extension = ".jinja";

    public static (IReadOnlyDictionary<string, string> Others, string? Template) Read(SourceFolder folder, JsonElement? config)
    {
        if (folder.Has("chat_template.jinja"))
        {
            return (OfFiles(folder), folder.ReadText("chat_template.jinja"));
        }

        using var file = folder.ReadJson("chat_template.json");
        var template = config.Find("chat_template") ?? file?.RootElement.Find("chat_template");
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in template.Items())
        {
            if (entry.Find("name").Text() is { Length: > 0 } name && entry.Find("template").Text() is { } text)
            {
                named[NameOf(name)] = text;
            }
        }

        var main = template.Text() ?? named.GetValueOrDefault(Default) ?? named.Values.FirstOrDefault();
        named.Remove(Default);
        return (named, main);
    }

    // Beside the file with the main one, each in a file of its own.
    private static Dictionary<string, string> OfFiles(SourceFolder folder)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in folder.Templates.Where(static file => file.EndsWith(Extension, StringComparison.Ordinal)))
        {
            named[NameOf(Path.GetFileNameWithoutExtension(file))] = folder.ReadText(file);
        }

        return named;
    }

    // A name is part of a key.
    private static string NameOf(string name) => new([.. name.Select(static letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_')]);
}
