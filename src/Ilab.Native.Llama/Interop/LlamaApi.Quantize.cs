using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libllama: quantization of files.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama)]
    internal static partial QuantizeParams llama_model_quantize_default_params();

    [LibraryImport(Library.Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint llama_model_quantize(string input, string output, QuantizeParams* parameters);
}
