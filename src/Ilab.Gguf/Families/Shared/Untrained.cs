namespace Ilab.Gguf.Families.Shared;

/// <summary>Why families cannot be trained.</summary>
internal static class Untrained
{
    public const string Experts = "it is a mixture of experts of a form whose gradient is not implemented",
        Recurrent = "it is recurrent, and the gradient of its state is not implemented",
        Encoder = "it makes embeddings instead of text";
}
