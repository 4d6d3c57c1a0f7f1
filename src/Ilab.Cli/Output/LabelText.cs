namespace Ilab.Cli.Output;

/// <summary>Labels of models, datasets and jobs.</summary>
internal static class LabelText
{
    /// <summary>As data, sorted by key.</summary>
    public static Data Of(ICollection<KeyValuePair<string, string>> labels)
    {
        var data = new Data(labels.Count);
        foreach (var (key, value) in labels.OrderBy(static label => label.Key, StringComparer.Ordinal))
        {
            data.Add(key, value);
        }

        return data;
    }

    /// <summary>Parses options of the form KEY=VALUE; a bare KEY has an empty value, the last of two equal keys wins.</summary>
    public static Dictionary<string, string> Parse(IEnumerable<string>? labels)
    {
        var parsed = new Dictionary<string, string>();
        foreach (var label in labels ?? [])
        {
            var parts = label.Split('=', 2);
            parsed[parts[0]] = parts.Length > 1 ? parts[1] : "";
        }

        return parsed;
    }
}
