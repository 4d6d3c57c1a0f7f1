using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing;

namespace Ilab.Gguf.Tests.Conversion.Corpus;

/// <summary>Every folder of the reference corpus: metadata and tensors are what llama.cpp's converter makes, but where it is plainly wrong.</summary>
public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder _output = new();

    public static TheoryData<string> Folders()
    {
        var data = new TheoryData<string>();
        foreach (var folder in CorpusFolder.All())
        {
            data.Add(folder);
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void AFolderConvertsAsTheReferenceDoes(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: the reference corpus is not compared");
        var folder = new CorpusFolder(name);
        var differences = new List<string>();
        foreach (var type in folder.Expected?.Types ?? [])
        {
            differences.AddRange(
                folder
                    .Expected!.Compare(type, Convert(folder.Path, type))
                    .Where(line => !KnownDifferences.Explains(name, line))
                    .Select(line => $"{type} {line}")
            );
        }

        Assert.True(differences.Count == 0, $"{name}:\n  {string.Join("\n  ", differences)}");
    }

    public void Dispose() => _output.Dispose();

    private string Convert(string folder, string type)
    {
        GgmlType? target = FileTypes.TryParse(type, out var known) ? known : null;
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(folder, static path => File.OpenHandle(path)), target, guesses: type == "auto");
        var path = Path.Combine(_output.Path, "model.gguf");
        using var file = File.Create(path);
        conversion.Write(file, static _ => { }, CancellationToken.None);
        return path;
    }
}
