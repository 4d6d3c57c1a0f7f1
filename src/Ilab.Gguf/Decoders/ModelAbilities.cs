using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace.Export;

namespace Ilab.Gguf.Decoders;

/// <summary>What can be done with a model besides running it, each with the reason why not.</summary>
/// <param name="Modules">Matrices that may get adapters.</param>
/// <param name="TrainsWhole">Whether all its weights can be trained.</param>
/// <param name="TrainingProblem">Null = it can be trained.</param>
/// <param name="FolderClass">Class in config.json on the way back; null = there is none.</param>
/// <param name="FolderProblem">Null = it can be converted back.</param>
/// <param name="Warnings">What the engine computes otherwise than the original.</param>
public sealed record ModelAbilities(
    IReadOnlyList<string> Modules,
    bool TrainsWhole,
    string? TrainingProblem,
    string? FolderClass,
    string? FolderProblem,
    IReadOnlyList<string> Warnings
)
{
    /// <param name="paths">The model's parts.</param>
    /// <param name="headers">Of the parts, in the same order.</param>
    public static ModelAbilities Of(IReadOnlyList<string> paths, IReadOnlyList<GgufFile> headers)
    {
        var (decoder, problem) = TrainingOf(paths[0], headers);
        var (className, folderProblem) = Folder(paths);
        return new ModelAbilities(decoder?.Modules ?? [], decoder is { HasExperts: false }, problem, className, folderProblem, LoadWarnings.Of(headers[0]));
    }

    /// <summary>What trains a model, or why nothing does.</summary>
    /// <param name="path">Of its first part.</param>
    /// <param name="headers">Of all parts.</param>
    public static (Decoder? Decoder, string? Problem) TrainingOf(string path, IReadOnlyList<GgufFile> headers)
    {
        try
        {
            return (DecoderReader.Read(path, headers), null);
        }
        catch (UntrainableException exception)
        {
            return (null, exception.Message);
        }
    }

    private static (string? ClassName, string? Problem) Folder(IReadOnlyList<string> paths)
    {
        if (paths.Count > 1)
        {
            return (null, $"it is a model in {paths.Count} parts: one part can be converted");
        }

        try
        {
            using var export = HuggingFaceExporter.Prepare(paths[0], null);
            return (BackConfig.Read(paths[0]).Config.Texts("architectures")[0], null);
        }
        catch (ConversionException exception)
        {
            return (null, exception.Message);
        }
    }
}
