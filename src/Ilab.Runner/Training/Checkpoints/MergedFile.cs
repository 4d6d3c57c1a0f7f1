using System.Numerics;
using System.Runtime.InteropServices;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>The base with its adapter added to the weights, in the types that the base has; a piece of a tensor in memory at a time.</summary>
internal static class MergedFile
{
    private const int PieceBytes = 4 << 20;
    private static readonly GgmlType[] NeedImportance = [GgmlType.IQ1_S, GgmlType.IQ1_M, GgmlType.IQ2_XXS, GgmlType.IQ2_XS, GgmlType.IQ2_S];

    /// <param name="sources">All parts of the base.</param>
    public static void Write(string path, IReadOnlyList<string> sources, TrainingModel model)
    {
        var headers = sources.Select(static source => (Path: source, Header: GgufFile.Read(source))).ToArray();
        using var first = File.OpenRead(sources[0]);
        var writer = new GgufWriter().AddMetadata(headers[0].Header, first, static key => key != "general.alignment" && !key.StartsWith("split.", StringComparison.Ordinal));
        foreach (var (source, header) in headers)
        {
            foreach (var tensor in header.Tensors)
            {
                writer.AddTensor(tensor.Name, tensor.Type, [.. tensor.Shape], stream => Copy(source, header, tensor, model, stream));
            }
        }

        writer.WriteAtomically(path);
    }

    /// <exception cref="RunnerException">UNSUPPORTED: a weight that changes has a type that cannot be made again.</exception>
    public static void Require(TrainingModel model)
    {
        var tensor = model.Weights.All.FirstOrDefault(tensor => NeedImportance.Contains((GgmlType)tensor.Type) && model.Adapters!.Find(tensor.Name) is not null);
        if (!tensor.IsNull)
        {
            throw new RunnerException("UNSUPPORTED", $"{tensor.Name} is {(GgmlType)tensor.Type}, which cannot be made without an importance matrix: train without --convert, or on another quantization");
        }
    }

    private static void Copy(string path, GgufFile header, GgufTensor tensor, TrainingModel model, Stream target)
    {
        using var file = File.OpenRead(path);
        file.Position = header.DataOffset + (long)tensor.Offset;
        var columns = (int)tensor.Shape[0];
        var rows = (int)(tensor.Elements / tensor.Shape[0]);
        var rowBytes = (int)Dequantizer.RowBytes((int)tensor.Type, columns);
        var atOnce = Math.Max(1, PieceBytes / (columns * sizeof(float)));
        var bytes = new byte[Math.Min(atOnce, rows) * rowBytes];
        var numbers = model.Adapters?.Find(tensor.Name) is null ? [] : new float[Math.Min(atOnce, rows) * columns];
        for (var row = 0; row < rows; row += atOnce)
        {
            var piece = bytes.AsSpan(0, Math.Min(atOnce, rows - row) * rowBytes);
            file.ReadExactly(piece);
            if (model.Adapters?.Find(tensor.Name) is var (a, b))
            {
                var values = numbers.AsSpan(0, piece.Length / rowBytes * columns);
                Dequantizer.ToFloat((int)tensor.Type, piece, values);
                Add(values, row, a.AsSpan(), b.AsSpan(), model.Adapters.Options.Rank, model.Adapters.Scale);
                Quantizer.FromFloat((int)tensor.Type, values, columns, piece);
            }

            target.Write(piece);
        }
    }

    /// <summary>Adds rows of scale * B A.</summary>
    private static void Add(Span<float> values, int firstRow, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        var columns = a.Length / rank;
        for (var row = 0; row * columns < values.Length; row++)
        {
            var target = MemoryMarshal.Cast<float, Vector<float>>(values.Slice(row * columns, columns));
            for (var index = 0; index < rank; index++)
            {
                var factor = scale * b[((firstRow + row) * rank) + index];
                var source = a.Slice(index * columns, columns);
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
