namespace Ilab.Native.Llama;

/// <summary>Which form of GELU models have: the library's graphs have that with tanh for all of them.</summary>
public static class GeluForm
{
    /// <summary>Architectures whose models have the form with the error function unless the file says otherwise.</summary>
    private static readonly string[] Exact = ["bert", "gptneox", "modern-bert"];

    /// <param name="metadata">Values of a model's file by their keys.</param>
    public static bool IsExact(string architecture, Func<string, string?> metadata) =>
        metadata($"{architecture}.hidden_activation") is { } said ? said is "gelu" or "gelu_python" : Exact.Contains(architecture);
}
