using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>generation_config.json: what its makers recommend for sampling.</summary>
internal static class GenerationDefaults
{
    public static void Write(SourceFolder folder, GgufSettings settings)
    {
        using var document = folder.ReadJson("generation_config.json");
        var config = document?.RootElement;
        if (config.Find("temperature").Number() is { } temperature and >= 0 and <= float.MaxValue)
        {
            settings.Set("general.sampling.temp", (float)temperature);
        }

        if (config.Find("top_k").Int() is { } topK and > 0)
        {
            settings.Set("general.sampling.top_k", topK);
        }

        if (config.Find("top_p").Number() is { } topP and > 0 and <= 1)
        {
            settings.Set("general.sampling.top_p", (float)topP);
        }

        if (config.Find("repetition_penalty").Number() is { } penalty and > 0 and <= float.MaxValue)
        {
            settings.Set("general.sampling.penalty_repeat", (float)penalty);
        }
    }
}
