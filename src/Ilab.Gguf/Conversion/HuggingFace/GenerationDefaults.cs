using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>generation_config.json: what its makers recommend for sampling.</summary>
internal static class GenerationDefaults
{
    private const string Prefix = "general.sampling.";

    /// <summary>The entries of the file that a GGUF's settings stand for.</summary>
    public static IReadOnlyDictionary<string, object?> Of(GgufFile file)
    {
        var said = new Dictionary<string, object?>();
        foreach (var (key, name) in new[] { ("temp", "temperature"), ("top_p", "top_p"), ("penalty_repeat", "repetition_penalty") })
        {
            if (file.Metadata.GetValueOrDefault(Prefix + key)?.Value is float number && float.IsFinite(number))
            {
                said[name] = Description.GgufSource.Short(number);
            }
        }

        if (file.Metadata.GetValueOrDefault(Prefix + "top_k")?.Value is int count)
        {
            said["top_k"] = count;
        }

        if (said.Keys.Any(static key => key is "temperature" or "top_k" or "top_p"))
        {
            said["do_sample"] = true;
        }

        return said;
    }

    public static void Write(SourceFolder folder, GgufSettings settings)
    {
        using var document = folder.ReadJson("generation_config.json");
        var config = document?.RootElement;
        if (config.Find("temperature").Number() is { } temperature and >= 0 and <= float.MaxValue)
        {
            settings.Set(Prefix + "temp", (float)temperature);
        }

        if (config.Find("top_k").Int() is { } topK and > 0)
        {
            settings.Set(Prefix + "top_k", topK);
        }

        if (config.Find("top_p").Number() is { } topP and > 0 and <= 1)
        {
            settings.Set(Prefix + "top_p", (float)topP);
        }

        if (config.Find("repetition_penalty").Number() is { } penalty and > 0 and <= float.MaxValue)
        {
            settings.Set(Prefix + "penalty_repeat", (float)penalty);
        }
    }
}
