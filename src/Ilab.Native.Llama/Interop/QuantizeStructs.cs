using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>Mirrors <c>llama_model_quantize_params</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct QuantizeParams
{
    public int nthread;
    public int ftype;
    public int output_tensor_type;
    public int token_embedding_type;
    public byte allow_requantize;
    public byte quantize_output_tensor;
    public byte only_copy;
    public byte pure;
    public byte keep_split;
    public byte dry_run;
    public ImportanceEntry* imatrix;
    public void* kv_overrides;
    public void* tt_overrides;
    public int* prune_layers;
    public nuint max_buf_size;
}

/// <summary>Mirrors <c>llama_model_imatrix_data</c>; a list is terminated by an entry whose name is null.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ImportanceEntry
{
    public byte* name;
    public float* data;
    public nuint size;
}
