using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>Sampling parameters.</summary>
public sealed record SamplerOptions
{
    /// <summary>0 = greedy.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>0 = off.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>1 = off.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>0 = off.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>1 = off.</summary>
    public float RepeatPenalty { get; init; } = 1;

    public int RepeatLastN { get; init; } = 64;

    public float FrequencyPenalty { get; init; }

    public float PresencePenalty { get; init; }

    public uint Seed { get; init; }

    /// <summary>Added to the logits of tokens before anything else.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();
}

/// <summary>The samplers of a sequence, in llama.cpp's usual order: logit bias, penalties, top-k, top-p, min-p, temperature, selection.</summary>
public sealed class SamplerChain : IDisposable
{
    private readonly SamplerHandle _handle;

    private SamplerChain(SamplerHandle handle) => _handle = handle;

    public static SamplerChain Create(Vocabulary vocabulary, SamplerOptions options)
    {
        var handle = LlamaApi.llama_sampler_chain_init(new SamplerChainParams { no_perf = 1 });
        if (handle.IsInvalid)
        {
            throw new LlamaException("llama.cpp cannot make a sampler chain");
        }

        var chain = new SamplerChain(handle);
        if (options.LogitBias.Count > 0)
        {
            chain.Add(LogitBias(vocabulary, options.LogitBias));
        }

        if (options.RepeatLastN > 0 && (options.RepeatPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0))
        {
            chain.Add(
                LlamaApi.llama_sampler_init_penalties(
                    vocabulary.Count,
                    options.RepeatLastN,
                    options.RepeatPenalty,
                    options.FrequencyPenalty,
                    options.PresencePenalty
                )
            );
        }

        if (options.Temperature <= 0)
        {
            chain.Add(LlamaApi.llama_sampler_init_greedy());
            return chain;
        }

        if (options.TopK > 0)
        {
            chain.Add(LlamaApi.llama_sampler_init_top_k(options.TopK));
        }

        if (options.TopP < 1)
        {
            chain.Add(LlamaApi.llama_sampler_init_top_p(options.TopP, 1));
        }

        if (options.MinP > 0)
        {
            chain.Add(LlamaApi.llama_sampler_init_min_p(options.MinP, 1));
        }

        chain.Add(LlamaApi.llama_sampler_init_temp(options.Temperature));
        chain.Add(LlamaApi.llama_sampler_init_dist(options.Seed));
        return chain;
    }

    /// <summary>Samples from the logits of the batch's token at <paramref name="index"/>, and records the token for the penalties.</summary>
    public int Sample(LlamaContext context, int index) => LlamaApi.llama_sampler_sample(_handle, context.Handle, index);

    /// <summary>Records a token that was not sampled here, such as one of the prompt, for the penalties.</summary>
    public void Accept(int token) => LlamaApi.llama_sampler_accept(_handle, token);

    public void Dispose() => _handle.Dispose();

    private static unsafe nint LogitBias(Vocabulary vocabulary, IReadOnlyDictionary<int, float> biases)
    {
        LlamaLogitBias[] rows = [.. biases.Select(static bias => new LlamaLogitBias { token = bias.Key, bias = bias.Value })];
        fixed (LlamaLogitBias* first = rows)
        {
            return LlamaApi.llama_sampler_init_logit_bias(vocabulary.Count, rows.Length, first); // copies them
        }
    }

    private void Add(nint sampler)
    {
        if (sampler == 0)
        {
            throw new LlamaException("llama.cpp cannot make a sampler");
        }

        LlamaApi.llama_sampler_chain_add(_handle, sampler);
    }
}
