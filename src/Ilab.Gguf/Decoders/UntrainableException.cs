namespace Ilab.Gguf.Decoders;

/// <summary>A model whose computation is not known, or is known not to be trainable. The message is one line and names the family.</summary>
/// <param name="isDamaged">The family is known, and this file does not fit it.</param>
public sealed class UntrainableException(string message, bool isDamaged = false) : Exception(message)
{
    public bool IsDamaged { get; } = isDamaged;
}
