using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Tests.Store.Catalog;

/// <summary>Files that are named as models and are none: what is said follows from what they are.</summary>
public sealed class SourceFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-source-").FullName;

    [Theory]
    [InlineData("a.safetensors", "\u0010\0\0\0\0\0\0\0{\"a\":1}        ", "one file of a model, which is a folder", "name its folder")]
    [InlineData("weights", "\u0010\0\0\0\0\0\0\0{\"a\":1}        ", "one file of a model, which is a folder", "name its folder")]
    [InlineData("config.json", "{}", "one file of a model, which is a folder", "name its folder")]
    [InlineData("pytorch_model.bin", "PK\u0003\u0004xxxx", "is a zip archive", "safetensors")]
    [InlineData("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer", "git lfs pull")]
    [InlineData("model.gguf", "<!DOCTYPE html>", "is a web page", "complete")]
    public void BothVerbsSayWhatItIs(string name, string content, string message, string hint)
    {
        foreach (var refuse in new Action<string>[] { Import, Convert })
        {
            var error = Refused(name, content, refuse);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatIsForTheOtherVerbIsSentThere()
    {
        Assert.Contains("ilab model import", Refused("a.bin", "GGUF\u0003\0\0\0", Convert).Hint, StringComparison.Ordinal);
        Assert.Contains("ilab model import", Refused("My.modelfile", "# x\nFROM a\n", Convert).Hint, StringComparison.Ordinal);
        Assert.Contains("ilab model convert", Refused("stories.bin", "\u0001\u0002\u0003\u0004\u0005", Import).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "a Hugging Face model", "ilab model convert")]
    [InlineData("adapter_config.json", "a PEFT adapter", "--base")]
    [InlineData("notes.txt", "Modelfile is looked for", "convert")]
    public void AFolderWithoutAGgufIsCalledWhatItIs(string name, string message, string hint)
    {
        File.WriteAllText(Path.Combine(_folder, name), "{}");
        var error = SourceFile.NoGgufIn(_folder);
        Assert.Equal(ErrorKind.InvalidModel, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Import(string path)
    {
        using var file = File.OpenHandle(path);
        SourceFile.RequireGguf(path, file);
    }

    private static void Convert(string path)
    {
        using var file = File.OpenHandle(path);
        SourceFile.RefuseForConversion(path, file);
    }

    private EngineException Refused(string name, string content, Action<string> refuse)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(content));
        return Assert.Throws<EngineException>(() => refuse(path));
    }
}
