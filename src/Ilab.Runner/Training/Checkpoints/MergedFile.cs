using System.Runtime.InteropServices;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Writes the base model with the adapter merged, keeping the base's types; processes part of a tensor at a time.</summary>
internal static class MergedFile
{
    private const int PieceBytes = 4 << 20;
    private static readonly GgmlType[] NeedImportance = [GgmlType.IQ1_S, GgmlType.IQ1_M, GgmlType.IQ2_XXS, GgmlType.IQ2_XS, GgmlType.IQ2_S];

    /// <param name="sources">All parts of the base model.</param>
    /// <param name="template">A chat template to add, or null.</param>
    public static void Write(string path, IReadOnlyList<string> sources, TrainingModel model, string? template = null) =>
        Write(path, sources, name => LowRank.Find(model, name), isExact: false, template);

    /// <summary>As above, with adapters from files; modified weights become F32, for later quantization.</summary>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: an adapter belongs to a different base model.</exception>
    public static void Write(string path, IReadOnlyList<string> sources, string adapter)
    {
        var pairs = LowRank.Read(adapter);
        var weights = sources.SelectMany(static source => GgufFile.Read(source).Tensors).ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var (name, pair) in pairs)
        {
            if (
                !weights.TryGetValue(name, out var weight)
                || (long)weight.Shape[0] * pair.Rank != pair.A.Length
                || (long)(weight.Elements / weight.Shape[0]) * pair.Rank != pair.B.Length
            )
            {
                throw new RunnerException(
                    RunnerErrors.InvalidArgument,
                    $"the adapter belongs to a different base model: {name} is missing or has a different shape"
                );
            }
        }

        Write(path, sources, pairs.GetValueOrDefault, isExact: true, TemplateOf(sources[0], adapter));
    }

    /// <exception cref="RunnerException">UNSUPPORTED: a modified weight has a type that cannot be requantized.</exception>
    public static void Require(TrainingModel model)
    {
        var tensor = model.Weights.All.FirstOrDefault(tensor => NeedImportance.Contains((GgmlType)tensor.Type) && model.Adapters!.Has(tensor.Name));
        if (!tensor.IsNull)
        {
            throw new RunnerException(
                RunnerErrors.Unsupported,
                $"{tensor.Name} is {(GgmlType)tensor.Type}, which requires an importance matrix: train without --convert, or on another quantization"
            );
        }
    }

    /// <returns>The adapter's chat template if the base model has none; otherwise null.</returns>
    private static string? TemplateOf(string source, string adapter) =>
        GgufFile.Read(source).GetString(ModelFile.ChatTemplate) is { Length: > 0 } ? null : GgufFile.Read(adapter).GetString(ModelFile.ChatTemplate);

    private static void Write(string path, IReadOnlyList<string> sources, Func<string, LowRank?> find, bool isExact, string? template)
    {
        var headers = sources.Select(static source => (Path: source, Header: GgufFile.Read(source))).ToArray();
        using var first = File.OpenRead(sources[0]);
        var writer = new GgufWriter().AddMetadata(
            headers[0].Header,
            first,
            key => key != "general.alignment" && (template is null || key != ModelFile.ChatTemplate) && !key.StartsWith("split.", StringComparison.Ordinal)
        );
        if (template is not null)
        {
            writer.Add(ModelFile.ChatTemplate, template);
        }

        foreach (var (source, header) in headers)
        {
            foreach (var tensor in header.Tensors)
            {
                var added = find(tensor.Name);
                var type = added is not null && isExact ? GgmlType.F32 : tensor.Type;
                writer.AddTensor(tensor.Name, type, [.. tensor.Shape], stream => Copy((source, header), tensor, type, added, stream));
            }
        }

        writer.WriteAtomically(path);
    }

    private static void Copy((string Path, GgufFile Header) source, GgufTensor tensor, GgmlType type, LowRank? added, Stream target)
    {
        using var file = File.OpenRead(source.Path);
        file.Position = source.Header.DataOffset + (long)tensor.Offset;
        var columns = (int)tensor.Shape[0];
        var rows = (int)(tensor.Elements / tensor.Shape[0]);
        var rowBytes = (int)Dequantizer.RowBytes((int)tensor.Type, columns);
        var atOnce = Math.Max(1, PieceBytes / (columns * sizeof(float)));
        var bytes = new byte[Math.Min(atOnce, rows) * rowBytes];
        var numbers = added is null ? [] : new float[Math.Min(atOnce, rows) * columns];
        for (var row = 0; row < rows; row += atOnce)
        {
            var piece = bytes.AsSpan(0, Math.Min(atOnce, rows - row) * rowBytes);
            file.ReadExactly(piece);
            if (added is not null)
            {
                var values = numbers.AsSpan(0, piece.Length / rowBytes * columns);
                Dequantizer.ToFloat((int)tensor.Type, piece, values);
                added.AddTo(values, row);
                if (type == GgmlType.F32)
                {
                    target.Write(MemoryMarshal.AsBytes(values));
                    continue;
                }

                Quantizer.FromFloat((int)type, values, columns, piece);
            }

            target.Write(piece);
        }
    }
}
