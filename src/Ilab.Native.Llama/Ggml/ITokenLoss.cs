namespace Ilab.Native.Llama.Ggml;

/// <summary>The loss of each row of logits, -log p of the token that it should have said, and the gradient of their weighted sum.</summary>
public interface ITokenLoss
{
    /// <summary>With respect to the logits; known before the backward pass is made, which begins with it.</summary>
    Tensor Gradient { get; }

    /// <summary>Ties it to the logits, after the backward pass was made.</summary>
    /// <returns>The node that computes the gradient: has to come before those that use it.</returns>
    /// <exception cref="GgmlException">They are not of the gradient's shape.</exception>
    Tensor Connect(Tensor logits);

    /// <param name="targets">The token that each row should have said; any where the weight is zero.</param>
    /// <param name="weights">What a row's gradient is multiplied by; 0 = the row does not count.</param>
    void Write(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights);

    /// <returns>-log p of each row's target, not weighted; of rows that do not count, nothing that means anything.</returns>
    float[] Losses();
}
