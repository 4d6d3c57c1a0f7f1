using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Backend;

namespace Ilab.Native.OneDnn.Checks;

/// <summary>Random weights of a type, and what they are as floats.</summary>
internal sealed unsafe class RandomWeights : IDisposable
{
    private readonly nint _context;
    private readonly nint _backend;
    private readonly nint _buffer;

    public RandomWeights(int type, int depth, int columns)
    {
        _context = GgmlApi.ggml_init(new InitParams { mem_size = 4 * GgmlApi.ggml_tensor_overhead(), no_alloc = 1 });
        Tensor = GgmlApi.ggml_new_tensor_2d(_context, type, depth, columns);
        _backend = GgmlApi.ggml_backend_dev_init(AcceleratorDevice.Cpu, null);
        _buffer = GgmlApi.ggml_backend_alloc_ctx_tensors(_context, _backend);
        var random = new Random(type);
        Floats = new float[depth * columns];
        for (var index = 0; index < Floats.Length; index++)
        {
            Floats[index] = ((random.NextSingle() + random.NextSingle() + random.NextSingle()) * 2) - 3;
        }

        fixed (float* floats = Floats)
        {
            var traits = GgmlApi.ggml_get_type_traits(type);
            if (type == 0)
            {
                NativeMemory.Copy(floats, Tensor->data, (nuint)Floats.Length * sizeof(float));
            }
            else
            {
                GgmlApi.ggml_quantize_chunk(type, floats, Tensor->data, 0, columns, depth, null);
                traits->to_float(Tensor->data, floats, Floats.Length);
            }
        }
    }

    public GgmlTensor* Tensor { get; }

    public float[] Floats { get; }

    public void Dispose()
    {
        GgmlApi.ggml_backend_buffer_free(_buffer);
        GgmlApi.ggml_backend_free(_backend);
        GgmlApi.ggml_free(_context);
    }
}
