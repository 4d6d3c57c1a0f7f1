using Ilab.Gguf;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Writes a fully trained model: the base model's metadata, and every tensor as F32.</summary>
internal static class ModelFile
{
    public const string ChatTemplate = "tokenizer.chat_template";
    private const string FileType = "general.file_type";

    /// <param name="source">First file of the base model.</param>
    /// <param name="template">A chat template to add, or null.</param>
    public static void Write(string path, string source, TrainingModel model, string? template)
    {
        var header = GgufFile.Read(source);
        using var file = File.OpenRead(source);
        var writer = new GgufWriter()
            .AddMetadata(
                header,
                file,
                key =>
                    key is not (FileType or "general.alignment")
                    && (template is null || key != ChatTemplate)
                    && !key.StartsWith("split.", StringComparison.Ordinal)
            )
            .Add(FileType, 0u);
        if (template is not null)
        {
            writer.Add(ChatTemplate, template);
        }

        foreach (var tensor in model.Weights.All)
        {
            ulong[] shape = tensor.Rows > 1 ? [(ulong)tensor.Columns, (ulong)tensor.Rows] : [(ulong)tensor.Columns];
            writer.AddTensor(tensor.Name, GgmlType.F32, shape, stream => tensor.CopyTo(stream));
        }

        writer.WriteAtomically(path);
    }
}
