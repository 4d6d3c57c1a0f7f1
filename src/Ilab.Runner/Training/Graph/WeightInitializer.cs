namespace Ilab.Runner.Training.Graph;

/// <summary>Initial weights for training from scratch: reproducible from the seed, independent of the file.</summary>
internal static class WeightInitializer
{
    private const float Deviation = 0.02f;

    public static void Fill(BaseWeights weights, int layers, RandomSource random)
    {
        foreach (
            var tensor in weights
                .All.Where(static tensor => !tensor.Name.StartsWith("rope_", StringComparison.Ordinal))
                .OrderBy(static tensor => tensor.Name, StringComparer.Ordinal)
        )
        {
            // What scales starts at one, also where each head has a row of its own.
            var isNorm =
                tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("layer_output_scale.weight", StringComparison.Ordinal);
            var isMatrix = tensor.Rows > 1 && !isNorm;
            // Contributions of the layers to the residual stream are scaled down with the number of layers, so that the sum keeps its size.
            var isOut =
                tensor.Name.EndsWith("attn_output.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("ffn_down.weight", StringComparison.Ordinal);
            var deviation = isMatrix
                ? tensor.Name is "token_embd.weight" or "output.weight"
                    ? Deviation
                    : 1 / MathF.Sqrt(tensor.Columns)
                : 0;
            deviation = isOut ? deviation / MathF.Sqrt(2f * layers) : deviation;
            var values = new float[tensor.Elements];
            for (var index = 0; index < values.Length; index++)
            {
                values[index] =
                    isMatrix ? random.NextNormal() * deviation
                    : isNorm ? 1
                    : 0;
            }

            tensor.Write<float>(values);
        }
    }
}
