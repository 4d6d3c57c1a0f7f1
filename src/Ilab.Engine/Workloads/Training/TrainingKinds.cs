using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Gguf;
using Ilab.Gguf.Decoders;

namespace Ilab.Engine.Workloads.Training;

/// <summary>How a model can be trained.</summary>
public static class TrainingKinds
{
    /// <summary>Kinds of training, as <c>lora</c>.</summary>
    /// <param name="headers">Of its parts.</param>
    public static IEnumerable<string> Of(ModelAbilities abilities, IEnumerable<GgufFile> headers)
    {
        if (abilities.TrainingProblem is not null)
        {
            yield break;
        }

        yield return "lora";
        if (headers.Any(static header => header.Tensors.Any(static tensor => tensor.Shape.Count > 1 && IsQuantized(tensor.Type))))
        {
            yield return "qlora";
        }

        if (abilities.TrainsWhole)
        {
            yield return "full";
        }
    }

    /// <exception cref="EngineException">UNSUPPORTED, INVALID_MODEL: it cannot be trained, with the reason.</exception>
    public static void Require(ResolvedModel model)
    {
        try
        {
            DecoderReader.Read(model.WeightFiles[0], [.. model.WeightFiles.Select(GgufSummary.ReadHeader)]);
        }
        catch (UntrainableException exception)
        {
            throw new EngineException(
                exception.IsDamaged ? ErrorKind.InvalidModel : ErrorKind.Unsupported,
                exception.Message,
                exception.IsDamaged ? "check that the file is complete" : "'ilab model inspect' says of each model how it can be trained",
                exception
            );
        }
    }

    private static bool IsQuantized(GgmlType type) => type is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16);
}
