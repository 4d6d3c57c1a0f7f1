namespace Ilab.Native.Llama;

/// <summary>The native side refused; one line saying what.</summary>
public sealed class LlamaException(string message) : Exception(message);
