namespace Ilab.Gguf.Decoders;

/// <summary>Works out attention whose keys and values are made of one short vector for all heads.</summary>
internal sealed class LatentReader(DecoderSettings settings, DecoderTensors tensors)
{
    /// <param name="Head">Length of a query.</param>
    /// <param name="Scale">Factor of the scores, where positions are stretched.</param>
    internal sealed record Found(Latent Latent, Projection Query, Projection Key, int Head, float Scale);

    /// <exception cref="UntrainableException">The matrices are missing, or of another form.</exception>
    public Found Read(string prefix, int heads)
    {
        if (settings.Whole("attention.key_length_mla") is not ({ } head and > 0))
        {
            throw new UntrainableException("its joint matrix of keys and values is not taken apart: convert the model anew");
        }

        var (rank, turning) = (settings.Required("attention.kv_lora_rank"), settings.Required("rope.dimension_count"));
        var plain = head - turning;
        var (joint, keys, values) = (prefix + "attn_kv_a_mqa", prefix + "attn_k_b.weight", prefix + "attn_v_b.weight");
        Require(plain > 0 && (long)tensors.Matrix(joint).Shape[1] == rank + turning, joint);
        Require(tensors.Use(keys) is { Shape: [var rows, var columns, var count] } && Fits((rows, columns, count), (plain, rank, heads)), keys);
        Require(
            tensors.Use(values) is { Shape: [var of, var length, var each] }
                && Fits((of, length, each), (rank, (long)tensors.Matrix(prefix + "attn_output").Shape[0] / heads, heads)),
            values
        );
        if (tensors.Weight(prefix + "attn_kv_a_norm") is null)
        {
            throw new UntrainableException($"{prefix}attn_kv_a_norm.weight is missing", true);
        }

        var isShort = tensors.Weight(prefix + "attn_q_a") is not null;
        var query = prefix + (isShort ? "attn_q_b" : "attn_q");
        Require((long)tensors.Matrix(query).Shape[1] == (long)heads * head, query);
        Require(!isShort || tensors.Weight(prefix + "attn_q_a_norm") is not null, prefix + "attn_q_a_norm");
        var latent = new Latent(new Projection(joint, rank, turning), prefix + "attn_kv_a_norm", keys, values, plain, rank)
        {
            QueryDown = isShort ? new Projection(prefix + "attn_q_a") : null,
            QueryNorm = isShort ? prefix + "attn_q_a_norm" : "",
        };
        return new Found(latent, new Projection(query), new Projection(joint, 0, rank), head, Scale());
    }

    private static bool Fits((ulong, ulong, ulong) shape, (long First, long Second, long Third) due) =>
        due is { First: > 0, Second: > 0, Third: > 0 } && shape == ((ulong)due.First, (ulong)due.Second, (ulong)due.Third);

    private static void Require(bool isFit, string name)
    {
        if (!isFit)
        {
            throw new UntrainableException($"{name} is missing, or does not fit the other matrices of the attention", true);
        }
    }

    // What the model says is a tenth of its own setting.
    private float Scale()
    {
        var (factor, log) = (settings.Float("rope.scaling.factor", 1), settings.Float("rope.scaling.yarn_log_multiplier", 0));
        var magnitude = factor > 1 ? 1 + (log * MathF.Log(factor)) : 1;
        return settings.Text("rope.scaling.type") == "yarn" ? magnitude * magnitude : 1;
    }
}
