using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Values;
using Ilab.Testing;
using Ilab.Testing.Models;
using Ilab.Testing.Mutations;

namespace Ilab.Gguf.Tests;

/// <summary>Damaged GGUF files: header, metadata and tensors, read as a conversion reads them.</summary>
[Collection(nameof(Alone))]
public sealed class MutatedGgufTests : IDisposable
{
    private static readonly ReaderPromise Promise = new(static exception => exception is GgufException or ConversionException);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AreReadOrRefusedInOneLine()
    {
        var path = Path.Combine(_folder.Path, "model.gguf");
        RandomLlama.Write(path, LlamaShape.Smallest, "small", 1);
        var original = await File.ReadAllBytesAsync(path);
        var report = await ReaderCheck.RunAsync(original, bytes => ReadAll(path, bytes), Promise);
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, 30, 199);
    }

    /// <summary>The header alone, where every byte means something.</summary>
    [Fact]
    public async Task HeadersAreReadOrRefusedInOneLine()
    {
        var path = Path.Combine(_folder.Path, "model.gguf");
        RandomLlama.Write(path, LlamaShape.Smallest, "small", 1);
        var file = GgufFile.Read(path);
        var original = (await File.ReadAllBytesAsync(path))[..(int)file.DataOffset];
        var data = new byte[new FileInfo(path).Length - original.Length];
        var report = await ReaderCheck.RunAsync(original, bytes => ReadAll(path, [.. bytes, .. data]), Promise);
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, 60, 199);
    }

    private static void ReadAll(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        var file = GgufFile.Read(path);
        using (var stream = File.OpenRead(path))
        {
            GgufVocabulary.Check(file, stream);
        }

        using var handle = File.OpenHandle(path);
        foreach (var rows in file.Tensors.Select(tensor => FileRows.Of(handle, file.DataOffset, tensor)))
        {
            rows.Read(rows.Rows - 1, new float[rows.Width]);
        }
    }
}
