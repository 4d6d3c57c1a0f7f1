namespace Ilab.Native.Llama.Ggml;

/// <summary>An operation on which ggml would abort the process, or a failed computation. The message is one line.</summary>
public sealed class GgmlException(string message) : Exception(message);
