using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

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

    /// <summary>Folders that the reference refuses: each of them in one clear line, or converted because there is a right answer.</summary>
    [SkippableTheory]
    [InlineData("lora-adapter", "is an adapter")]
    [InlineData("no-tokenizer", "neither tokenizer.json nor tokenizer.model")]
    [InlineData("shard-missing", "model-00002-of-00003.safetensors")]
    [InlineData("unknown-architecture", "OPTForCausalLM")]
    [InlineData("unknown-tensor", "surprise_proj")]
    [InlineData("vocab-too-small", "vocab_size")]
    public void AFolderThatIsNotRightIsRefusedInOneLine(string name, string part)
    {
        Skip.IfNot(CorpusFolder.All().Contains(name), "no ../shared/reference/conversion: refusals are not compared");
        var error = Assert.ThrowsAny<ConversionException>(() => Convert(new CorpusFolder(name).Path, "f32"));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    /// <summary>The newer spelling of a config means the same.</summary>
    [SkippableTheory]
    [InlineData("llama3.1")]
    [InlineData("qwen2.5")]
    [InlineData("gemma3-text")]
    [InlineData("granite4-hybrid")]
    public void BothSpellingsOfAConfigConvertToTheSame(string name)
    {
        Skip.IfNot(CorpusFolder.All().Contains(name), "no ../shared/reference/conversion: spellings are not compared");
        var folder = new CorpusFolder(name);
        using var copy = new TemporaryFolder();
        var newer = Directory.CreateDirectory(Path.Combine(copy.Path, name)).FullName;
        foreach (var file in Directory.GetFiles(folder.Path))
        {
            File.Copy(file, Path.Combine(newer, Path.GetFileName(file)));
        }

        File.Move(Path.Combine(newer, "config.transformers5.json"), Path.Combine(newer, "config.json"), overwrite: true);
        var expected = File.ReadAllBytes(Convert(folder.Path, "f32"));
        Assert.Equal(expected, File.ReadAllBytes(Convert(newer, "f32")));
    }

    public void Dispose() => _output.Dispose();

    private string Convert(string folder, string type)
    {
        var target = FileTypes.TryParse(type, out var known) ? known : null;
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(folder, static path => File.OpenHandle(path)), target, guesses: type == "auto");
        var path = Path.Combine(_output.Path, "model.gguf");
        using var file = File.Create(path);
        conversion.Write(file, static _ => { }, CancellationToken.None);
        return path;
    }
}
