namespace Ilab.Native.Llama;

/// <summary>Which form of GELU models have: the library's graphs have that with tanh for all of them.</summary>
public sealed class GeluForm : IDisposable
{
    /// <summary>Architectures whose models have the form with the error function unless the file says otherwise.</summary>
    private static readonly string[] Exact = ["bert", "gptneox", "modern-bert"];

    [ThreadStatic]
    private static bool _isExact;

    private GeluForm() { }

    /// <summary>Whether the context that this thread makes now is for a model with the form of the error function.</summary>
    public static bool IsExactNow => _isExact;

    /// <param name="metadata">Values of a model's file by their keys.</param>
    public static bool IsExact(string architecture, Func<string, string?> metadata) =>
        metadata($"{architecture}.hidden_activation") is { } said ? said is "gelu" or "gelu_python" : Exact.Contains(architecture);

    /// <summary>From here on until the result is disposed of, backends that this thread makes are for such a model.</summary>
    internal static GeluForm Begin(bool isExact)
    {
        _isExact = isExact;
        return new GeluForm();
    }

    public void Dispose() => _isExact = false;
}
