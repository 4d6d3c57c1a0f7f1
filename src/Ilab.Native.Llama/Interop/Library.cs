namespace Ilab.Native.Llama.Interop;

/// <summary>Names that <see cref="Loading.NativeLibraries"/> resolves to files in the selected directory.</summary>
internal static class Library
{
    public const string Llama = "llama";
    public const string Ggml = "ggml";
    public const string GgmlBase = "ggml-base";
}
