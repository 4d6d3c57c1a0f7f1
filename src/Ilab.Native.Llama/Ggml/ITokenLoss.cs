namespace Ilab.Native.Llama.Ggml;

/// <summary>The loss of each row of logits, -log p of its target token, and the gradient of their weighted sum.</summary>
public interface ITokenLoss
{
    /// <summary>Gradient with respect to the logits; created before the backward pass, which starts from it.</summary>
    Tensor Gradient { get; }

    /// <summary>Connects the loss to the logits, after the backward pass was built.</summary>
    /// <returns>The node that computes the gradient: it must precede those that use it.</returns>
    /// <exception cref="GgmlException">The shapes of logits and gradient differ.</exception>
    Tensor Connect(Tensor logits);

    /// <param name="targets">The target token of each row; arbitrary where the weight is zero.</param>
    /// <param name="weights">Factor of each row's gradient; 0 = no loss.</param>
    void Write(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights);

    /// <returns>Unweighted -log p of each row's target; undefined for rows without a loss.</returns>
    float[] Losses();
}
