using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>What a family's description says about the settings of a GGUF.</summary>
internal static class ModelMetadata
{
    public static void Write(FamilyModel model, ShardSet? shards, GgufSettings settings)
    {
        var architecture = model.Family.Architecture;
        settings.Set("general.architecture", architecture);
        foreach (var rule in model.Family.Metadata)
        {
            settings.Set(rule.KeyOf(architecture), rule.Value(model.Config, model.Measures));
        }

        if (shards is not null)
        {
            foreach (var (key, source, _) in model.Family.ScalarsOfLayers)
            {
                settings.Set(key.TrimStart('/'), LayerScalars.Read(model, shards, source));
            }
        }
    }
}
