using Ilab.Gguf.Conversion;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Files that can become a GGUF, open with the caller's rights.</summary>
/// <param name="Conversion">What comes of them.</param>
/// <param name="Folder">The open files.</param>
/// <param name="Path">Absolute path of the folder.</param>
/// <param name="Format">One of the formats of <see cref="Ilab.Runner.Contract.Tasks.ConversionSpec"/>.</param>
internal sealed record PreparedSource(GgufConversion Conversion, SourceFolder Folder, string Path, string Format) : IDisposable
{
    /// <summary>llama2.c: the folder of the tokenizer, which is the one file that it has open.</summary>
    public SourceFolder? Tokenizer { get; init; }

    public void Dispose()
    {
        Conversion.Dispose();
        Tokenizer?.Dispose();
    }
}
