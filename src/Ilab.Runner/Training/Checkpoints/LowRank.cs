using System.Numerics;
using System.Runtime.InteropServices;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>A low-rank update of a weight: <see cref="Scale"/> * B A.</summary>
/// <param name="A">[rank * columns of the weight].</param>
/// <param name="B">[rows of the weight * rank].</param>
internal sealed record LowRank(float[] A, float[] B, int Rank, float Scale)
{
    private const string First = ".lora_a",
        Second = ".lora_b";

    /// <summary>The update of an adapter that was just trained.</summary>
    public static LowRank? Find(TrainingModel model, string weight) =>
        model.Adapters?.Find(weight) is var (a, b) ? new LowRank(a.ToArray(), b.ToArray(), model.Adapters.Options.Rank, model.Adapters.Scale)
        : model.Adapters?.PartsOf(weight) is { Count: > 0 } parts ? Joined(parts, (int)model.Weights[weight].Rows, model.Adapters)
        : null;

    /// <summary>All updates in an adapter file, by weight name.</summary>
    /// <exception cref="RunnerException">UNSUPPORTED: it contains other tensors.</exception>
    public static Dictionary<string, LowRank> Read(string path)
    {
        var header = GgufFile.Read(path);
        using var file = File.OpenHandle(path);
        var alpha = header.Metadata.GetValueOrDefault("adapter.lora.alpha")?.Value as float? ?? 0;
        var tensors = header.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        var pairs = new Dictionary<string, LowRank>(StringComparer.Ordinal);
        foreach (var (name, a) in tensors)
        {
            var weight = name.EndsWith(First, StringComparison.Ordinal) ? name[..^First.Length] : "";
            if (weight.Length > 0 && tensors.TryGetValue(weight + Second, out var b) && a.Shape[1] == b.Shape[0])
            {
                var rank = (int)a.Shape[1];
                pairs[weight] = new LowRank(Numbers(a), Numbers(b), rank, alpha > 0 ? alpha / rank : 1);
            }
            else if (!name.EndsWith(Second, StringComparison.Ordinal) || !tensors.ContainsKey(name[..^Second.Length] + First))
            {
                throw new RunnerException(
                    RunnerErrors.Unsupported,
                    $"{name} is not part of a low-rank pair, so the adapter cannot be merged into its base model"
                );
            }
        }

        return pairs;

        float[] Numbers(GgufTensor tensor)
        {
            var (bytes, numbers) = (new byte[tensor.Bytes], new float[tensor.Elements]);
            var read = RandomAccess.Read(file, bytes, header.DataOffset + (long)tensor.Offset);
            if (read < bytes.Length)
            {
                throw new RunnerException(RunnerErrors.InvalidModel, $"{Path.GetFileName(path)} is truncated in {tensor.Name}");
            }

            Dequantizer.ToFloat((int)tensor.Type, bytes, numbers);
            return numbers;
        }
    }

    /// <summary>Adapters of some rows each, as one of all rows: the first factors under each other, the second ones where their rows are.</summary>
    private static LowRank Joined(IReadOnlyList<AdapterPart> parts, int rows, Adapters adapters)
    {
        var rank = adapters.Options.Rank;
        var (whole, second) = (rank * parts.Count, new float[rows * rank * parts.Count]);
        for (var part = 0; part < parts.Count; part++)
        {
            var values = parts[part].B.ToArray();
            for (var row = 0; row < parts[part].Rows.Rows; row++)
            {
                values.AsSpan(row * rank, rank).CopyTo(second.AsSpan((((int)parts[part].Rows.First + row) * whole) + (part * rank)));
            }
        }

        return new LowRank([.. parts.SelectMany(static part => part.A.ToArray())], second, whole, adapters.Scale);
    }

    /// <summary>Adds the update to complete rows of the weight.</summary>
    /// <param name="firstRow">Index of the first row in <paramref name="values"/>.</param>
    public void AddTo(Span<float> values, int firstRow)
    {
        var columns = A.Length / Rank;
        for (var row = 0; row * columns < values.Length; row++)
        {
            var target = MemoryMarshal.Cast<float, Vector<float>>(values.Slice(row * columns, columns));
            for (var index = 0; index < Rank; index++)
            {
                var factor = Scale * B[((firstRow + row) * Rank) + index];
                var source = A.AsSpan(index * columns, columns);
                var vectors = MemoryMarshal.Cast<float, Vector<float>>(source);
                for (var vector = 0; vector < vectors.Length; vector++)
                {
                    target[vector] += vectors[vector] * factor;
                }

                for (var column = vectors.Length * Vector<float>.Count; column < columns; column++)
                {
                    values[(row * columns) + column] += source[column] * factor;
                }
            }
        }
    }
}
