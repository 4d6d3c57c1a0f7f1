namespace Ilab.Native.Llama;

/// <summary>An error of the native library. The message is one line.</summary>
public sealed class LlamaException(string message) : Exception(message);
