using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>
/// Holds descriptions of tensors and graphs, but no data. Every operation validates its shapes and throws <see cref="GgmlException"/> where ggml would abort
/// the process. Not thread-safe.
/// </summary>
public sealed unsafe partial class GgmlContext : IDisposable
{
    private nint _context;

    /// <param name="tensors">Maximum number of tensors, including those created by a backward pass.</param>
    /// <param name="graphNodes">Total number of nodes in all graphs.</param>
    public GgmlContext(int tensors, int graphNodes = 0)
    {
        var bytes = (GgmlApi.ggml_tensor_overhead() * (nuint)tensors) + (graphNodes > 0 ? GgmlApi.ggml_graph_overhead_custom((nuint)graphNodes, 1) * 2 : 0);
        _context = GgmlApi.ggml_init(new InitParams { mem_size = bytes, no_alloc = 1 });
        if (_context == 0)
        {
            throw new GgmlException($"no memory for {tensors} tensors");
        }
    }

    internal nint Pointer => _context != 0 ? _context : throw new ObjectDisposedException(nameof(GgmlContext));

    /// <param name="type">One of <see cref="TensorTypes"/> or another ggml type.</param>
    /// <param name="lengths">One to four dimensions, row length first; rows consist of complete blocks of the type.</param>
    public Tensor New(int type, params ReadOnlySpan<long> lengths)
    {
        foreach (var length in lengths)
        {
            Require(length > 0, "a tensor has a length of {0}", length);
        }

        Require(lengths.Length is >= 1 and <= 4, "a tensor cannot have {0} dimensions", lengths.Length);
        var block = GgmlApi.ggml_get_type_traits(type)->blck_size;
        Require(block > 0 && lengths[0] % block == 0, "rows of {0} are no whole blocks", lengths[0]);
        fixed (long* pointer = lengths)
        {
            return new Tensor(GgmlApi.ggml_new_tensor(Pointer, type, lengths.Length, pointer));
        }
    }

    public Tensor NewLike(Tensor other) => New(TensorTypes.F32, other[0], other[1], other[2], other[3]);

    public void Dispose()
    {
        if (_context != 0)
        {
            GgmlApi.ggml_free(_context);
            _context = 0;
        }
    }

    private static void Require(bool condition, string format, params ReadOnlySpan<object> arguments)
    {
        if (!condition)
        {
            throw new GgmlException(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, arguments));
        }
    }
}
