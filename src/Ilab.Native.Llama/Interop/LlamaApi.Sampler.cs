using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libllama: sampler chains.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama)]
    internal static partial SamplerHandle llama_sampler_chain_init(SamplerChainParams parameters);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_chain_add(SamplerHandle chain, nint sampler);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_free(nint sampler);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_sampler_sample(SamplerHandle chain, ContextHandle context, int index);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_accept(SamplerHandle chain, int token);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_logit_bias(int vocabulary, int count, LlamaLogitBias* biases);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_greedy();

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_dist(uint seed);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_top_k(int k);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_top_p(float p, nuint keep);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_min_p(float p, nuint keep);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_temp(float temperature);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_penalties(int vocabulary, int lastTokens, float repeat, float frequency, float presence);
}
