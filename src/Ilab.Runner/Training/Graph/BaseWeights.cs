using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>The weights of a model in a backend's memory, by name.</summary>
internal sealed class BaseWeights : IDisposable
{
    private const int PieceBytes = 4 << 20;

    private readonly GgmlContext _context;
    private readonly GgmlBuffer _buffer;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Tensor> _allRows = [];

    /// <param name="backend">The backend that holds them.</param>
    /// <param name="files">All parts of the model.</param>
    /// <param name="asFloat">Convert every weight to F32, for full fine-tuning.</param>
    /// <param name="decoder">Says which matrices hold several, and which must be F32.</param>
    public BaseWeights(GgmlBackend backend, IReadOnlyList<(string Path, GgufFile Header)> files, bool asFloat, Decoder decoder)
    {
        var all = files.SelectMany(static file => file.Header.Tensors.Select(tensor => (file.Path, file.Header, Tensor: tensor))).ToArray();
        // Stacked matrices are multiplied in one product, whose gradient wants them as floats.
        var stacked = decoder
            .Layers.Select(static layer => layer.Latent)
            .OfType<Latent>()
            .SelectMany(static latent => new[] { latent.KeyUp, latent.ValueUp })
            .ToHashSet();
        var parts = decoder.Layers.SelectMany(static layer => layer.Projections).Where(static part => part.IsPart).Select(static part => part.Rows);
        _context = new GgmlContext((all.Length * 4) + 16);
        foreach (var (_, _, tensor) in all)
        {
            _tensors[tensor.Name] = _context.New(
                asFloat || stacked.Contains(tensor.Name) ? TensorTypes.F32 : (int)tensor.Type,
                [.. tensor.Shape.Select(static length => (long)length)]
            );
            _tensors[tensor.Name].SetName(tensor.Name);
        }

        foreach (var rows in _tensors.Values.Select(static tensor => tensor.Rows).Concat(parts).Distinct())
        {
            _allRows[rows] = _context.New(TensorTypes.I32, rows);
        }

        _buffer = backend.Allocate(_context);
        if (backend.IsSizing)
        {
            return;
        }

        foreach (var (rows, indices) in _allRows)
        {
            indices.Write<int>(Enumerable.Range(0, (int)rows).ToArray());
        }

        // One of each for all tensors: what each would leave behind adds up to more than a small model.
        var (bytes, floats) = (Array.Empty<byte>(), Array.Empty<float>());
        foreach (var (path, header, tensor) in all)
        {
            Load(path, header, tensor, _tensors[tensor.Name], ref bytes, ref floats);
        }
    }

    /// <summary>Size in bytes.</summary>
    public long Size => _buffer.Size;

    /// <summary>Whether any weight has less than 16 bits per number.</summary>
    public bool IsQuantized =>
        _tensors.Values.Any(static tensor => tensor.Rows > 1 && tensor.Type is not (TensorTypes.F32 or TensorTypes.F16 or TensorTypes.BF16));

    public int Vocabulary => (int)this["token_embd.weight"].Rows;

    public IEnumerable<Tensor> All => _tensors.Values;

    /// <exception cref="RunnerException">INVALID_MODEL: it does not exist.</exception>
    public Tensor this[string name] =>
        _tensors.TryGetValue(name, out var tensor) ? tensor : throw new RunnerException(RunnerErrors.InvalidModel, $"the model has no tensor {name}");

    public Tensor? Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor : null;

    /// <summary>The indices 0 to n-1 for a weight with n rows: getting all rows dequantizes it.</summary>
    public Tensor AllRows(Tensor weight) => _allRows[weight.Rows];

    public bool Contains(Tensor tensor) => Find(tensor) is not null;

    /// <summary>The weight that a tensor is, or that it is rows of; null = neither.</summary>
    public Tensor? Find(Tensor tensor)
    {
        var weight = tensor.IsView ? tensor.Viewed : tensor;
        return _tensors.TryGetValue(weight.Name, out var own) && own == weight ? own : null;
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _context.Dispose();
    }

    private static void Load(string path, GgufFile header, GgufTensor source, Tensor target, ref byte[] bytes, ref float[] floats)
    {
        using var file = File.OpenHandle(path);
        var rowBytes = Dequantizer.RowBytes((int)source.Type, (long)source.Shape[0]);
        var rows = (long)(source.Elements / source.Shape[0]);
        var isSame = target.Type == (int)source.Type;
        // Pieces of the larger of both: a quantized row is eight times as large as floats.
        var rowsAtOnce = Math.Max(1, PieceBytes / (isSame ? rowBytes : Math.Max(rowBytes, (long)source.Shape[0] * sizeof(float))));
        var most = Math.Min(rows, rowsAtOnce);
        bytes = bytes.Length < most * rowBytes ? new byte[most * rowBytes] : bytes;
        floats = isSame || floats.Length >= most * (long)source.Shape[0] ? floats : new float[most * (long)source.Shape[0]];
        for (long row = 0; row < rows; row += rowsAtOnce)
        {
            var count = Math.Min(rowsAtOnce, rows - row);
            var part = bytes.AsSpan(0, (int)(count * rowBytes));
            ReadFully(file, path, part, header.DataOffset + (long)source.Offset + (row * rowBytes));
            if (isSame)
            {
                target.WriteAt(row * rowBytes, part);
            }
            else
            {
                var numbers = floats.AsSpan(0, (int)(count * (long)source.Shape[0]));
                Dequantizer.ToFloat((int)source.Type, part, numbers);
                target.WriteAt(row * (long)source.Shape[0] * sizeof(float), System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers));
            }
        }
    }

    private static void ReadFully(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path, Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            var count = RandomAccess.Read(file, target, offset);
            if (count == 0)
            {
                throw new RunnerException(RunnerErrors.InvalidModel, $"{Path.GetFileName(path)} is truncated");
            }

            target = target[count..];
            offset += count;
        }
    }
}
