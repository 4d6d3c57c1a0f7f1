namespace Ilab.Native.Llama.Ggml;

/// <summary>A graph that ggml would end the process over, or a computation that failed. One line.</summary>
public sealed class GgmlException(string message) : Exception(message);
