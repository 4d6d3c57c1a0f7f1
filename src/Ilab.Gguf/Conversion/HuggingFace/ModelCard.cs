namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>
/// What the head of README.md says: license, base models, tags and languages. Model cards write it as keys with a text, a list in brackets or a list of lines
/// with dashes; anything deeper is of no use here and is passed over.
/// </summary>
internal static class ModelCard
{
    private const string FileName = "README.md",
        Fence = "---";
    private const int Longest = 1 << 20;

    public static void Write(SourceFolder folder, GgufSettings settings)
    {
        if (!folder.Has(FileName) || folder.LengthOf(FileName) > Longest)
        {
            return;
        }

        var entries = Parse(folder.ReadText(FileName));
        string[] Of(params string[] keys) => [.. keys.SelectMany(key => entries.GetValueOrDefault(key) ?? [])];
        settings.Set("general.license", Of("license") is { Length: > 0 } licenses ? string.Join(',', licenses) : null);
        settings.Set("general.license.name", Of("license_name").FirstOrDefault());
        settings.Set("general.license.link", Of("license_link").FirstOrDefault());
        Repositories(settings, "general.base_model", Of("base_model"));
        Repositories(settings, "general.dataset", Of("datasets"));
        settings.Set("general.tags", Of("tags", "pipeline_tag") is { Length: > 0 } tags ? tags : null);
        settings.Set("general.languages", Of("languages", "language") is { Length: > 0 } languages ? languages : null);
    }

    private static void Repositories(GgufSettings settings, string key, string[] names)
    {
        var repositories = names.Select(static name => name.Split('/')).Where(static parts => parts is [{ Length: > 0 }, { Length: > 0 }]).ToArray();
        if (repositories.Length == 0)
        {
            return;
        }

        settings.Set($"{key}.count", (uint)repositories.Length);
        foreach (var (parts, index) in repositories.Select(static (parts, index) => (parts, index)))
        {
            settings.Set($"{key}.{index}.name", GeneralMetadata.TitleOf(parts[1]));
            settings.Set($"{key}.{index}.organization", GeneralMetadata.TitleOf(parts[0]));
            settings.Set($"{key}.{index}.repo_url", $"https://huggingface.co/{parts[0]}/{parts[1]}");
        }
    }

    private static Dictionary<string, List<string>> Parse(string text)
    {
        var entries = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        if (lines[0] != Fence || Array.IndexOf(lines, Fence, 1) is not (> 0 and var end))
        {
            return entries;
        }

        List<string>? last = null;
        foreach (var line in lines[1..end])
        {
            var item = line.Trim();
            if (item.StartsWith("- ", StringComparison.Ordinal) && !item.Contains(": ", StringComparison.Ordinal))
            {
                last?.Add(Plain(item[2..]));
            }
            else if (line.Length > 0 && !char.IsWhiteSpace(line[0]) && line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                last = [.. ValuesOf(line[(colon + 1)..].Trim())];
                entries[line[..colon]] = last;
            }
            else
            {
                last = null;
            }
        }

        return entries;
    }

    private static IEnumerable<string> ValuesOf(string value) =>
        value.Length == 0 || value[0] is '#' or '|' or '>' or '{' ? []
        : value is ['[', .., ']'] ? value[1..^1].Split(',').Select(Plain).Where(static item => item.Length > 0)
        : [Plain(value)];

    private static string Plain(string value) => value.Trim().Trim('"', '\'');
}
