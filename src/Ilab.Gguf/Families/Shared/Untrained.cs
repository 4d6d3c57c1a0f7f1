namespace Ilab.Gguf.Families.Shared;

/// <summary>Why families cannot be trained.</summary>
internal static class Untrained
{
    public const string Recurrent = "it is recurrent, and the gradient of its state is not implemented",
        Encoder = "it makes embeddings instead of text",
        Undescribed = "no description says what it computes";
}
