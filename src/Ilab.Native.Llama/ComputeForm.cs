namespace Ilab.Native.Llama;

/// <summary>How the backends of a context compute, which ggml's graphs do not tell: it holds for those that the calling thread makes meanwhile.</summary>
/// <param name="HasExactGelu">GELU is that of the error function, not the one with tanh.</param>
/// <param name="IsPlain"><see cref="ContextOptions.IsPlain"/>.</param>
public readonly record struct ComputeForm(bool HasExactGelu, bool IsPlain)
{
    [ThreadStatic]
    private static ComputeForm _current;

    /// <summary>That of the context that this thread is making.</summary>
    public static ComputeForm Current => _current;

    /// <summary>From here on until the result is disposed of, backends that this thread makes have this form.</summary>
    internal Scope Begin()
    {
        _current = this;
        return default;
    }

    internal readonly struct Scope : IDisposable
    {
        public void Dispose() => _current = default;
    }
}
