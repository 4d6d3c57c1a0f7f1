using Ilab.Gguf;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Writes an adapter in llama.cpp's format: A [in, rank] and B [rank, out] per weight. The same adapter gives the same bytes.</summary>
internal static class AdapterFile
{
    /// <param name="template">The chat template it was trained with if the model has none, or null.</param>
    public static void Write(string path, TrainingModel model, string? template = null)
    {
        var writer = new GgufWriter()
            .Add("general.type", "adapter")
            .Add("general.architecture", model.Decoder.Architecture)
            .Add("general.name", $"LoRA of rank {model.Adapters!.Options.Rank}")
            .Add("adapter.type", "lora")
            .Add("adapter.lora.alpha", model.Adapters.Options.Alpha);
        if (template is not null)
        {
            writer.Add(ModelFile.ChatTemplate, template);
        }

        foreach (var parameter in model.Parameters.All)
        {
            writer.Add(parameter.Name, parameter.Value);
        }

        writer.WriteAtomically(path);
    }
}
