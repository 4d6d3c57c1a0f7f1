using System.Globalization;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Numbers that checkpoints hold as one small tensor in each layer, and a GGUF as one list.</summary>
internal static class LayerScalars
{
    public static IEnumerable<string> Names(FamilyModel model, string source) =>
        Enumerable
            .Range(0, model.Layers)
            .Select(layer => model.Family.LayerPath.Replace("{l}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) + source);

    /// <exception cref="ConversionException">One is missing.</exception>
    public static float[] Read(FamilyModel model, ShardSet shards, string source) =>
        [
            .. Names(model, source)
                .Select(name =>
                {
                    if (shards.Find(name) is not { } tensor || tensor.Shape.Any(static length => length != 1))
                    {
                        throw new ConversionException($"{name} is missing, or more than one number");
                    }

                    var value = new float[1];
                    tensor.Rows().Read(0, value);
                    return value[0];
                }),
        ];
}
