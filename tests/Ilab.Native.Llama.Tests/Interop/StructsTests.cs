using Ilab.Native.Llama.Interop;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests.Interop;

/// <summary>Every mirrored struct against the table made from the header of the pinned version (packaging/native/abi).</summary>
public sealed class StructsTests
{
    private static readonly (string Native, Type Mirror)[] Mirrors =
    [
        ("llama_model_params", typeof(ModelParams)),
        ("llama_context_params", typeof(ContextParams)),
        ("llama_batch", typeof(Batch)),
        ("llama_sampler_chain_params", typeof(SamplerChainParams)),
        ("llama_logit_bias", typeof(LlamaLogitBias)),
        ("ggml_threadpool_params", typeof(ThreadPoolParams)),
        ("llama_model_quantize_params", typeof(QuantizeParams)),
        ("llama_model_imatrix_data", typeof(ImportanceEntry)),
        ("ggml_tensor", typeof(GgmlTensor)),
        ("ggml_cgraph", typeof(GraphView)),
        ("ggml_type_traits", typeof(GgmlTypeTraits)),
        ("ggml_init_params", typeof(InitParams)),
    ];

    [Fact]
    public void EveryMirrorHasTheLayoutOfTheHeader() => Assert.Empty(AbiTable.Differences(AbiTable.Read(), Mirrors));

    [Fact]
    public void EveryStructOfTheTableIsMirrored() =>
        Assert.Equal(
            Mirrors.Select(static mirror => mirror.Native).Order(StringComparer.Ordinal),
            AbiTable
                .Read()
                .Select(static entry => entry.Key)
                .Where(static name => !name.StartsWith("ggml_backend", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void ADoctoredTableIsNoticed()
    {
        var table = AbiTable.Read();
        table["llama_context_params"]!["n_threads"] = 4;
        table["llama_batch"]!["sizeof"] = 8;
        Assert.Equal(2, AbiTable.Differences(table, Mirrors).Count());
    }
}
