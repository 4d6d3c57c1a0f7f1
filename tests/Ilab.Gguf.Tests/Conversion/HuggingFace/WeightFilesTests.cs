using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Weights under other names than the usual ones.</summary>
public sealed class WeightFilesTests : SourceFixture
{
    [Theory]
    [InlineData("pytorch_model.safetensors")]
    [InlineData("MyFineTune.safetensors")]
    [InlineData("diffusion pytorch.SAFETENSORS")]
    public void OneFileOfAnyNameIsFound(string name)
    {
        Write();
        File.Move(At("model.safetensors"), At(name));
        File.WriteAllText(At("adapter_model.safetensors"), "of something else");
        Assert.Contains(Convert().Warnings, warning => warning.Contains(name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors")]
    [InlineData("weights-1-of-3.safetensors", "weights-2-of-3.safetensors", "weights-3-of-3.safetensors")]
    [InlineData("model_00000-of-00003.safetensors", "model_00001-of-00003.safetensors", "model_00002-of-00003.safetensors")]
    [InlineData("first.safetensors", "second.safetensors", "third.safetensors")]
    public void PartsWithoutAnIndexAreFound(params string[] names)
    {
        Write(shards: 3);
        File.Delete(At("model.safetensors.index.json"));
        for (var part = 0; part < names.Length; part++)
        {
            File.Move(At($"model-0000{part + 1}-of-00003.safetensors"), At("moved" + part));
        }

        for (var part = 0; part < names.Length; part++)
        {
            File.Move(At("moved" + part), At(names[part]));
        }

        Assert.True(Convert().Has("output.weight"));
    }

    [Fact]
    public void AnIndexOfAnotherNameIsUsed()
    {
        Write(shards: 2);
        File.Move(At("model.safetensors.index.json"), At("pytorch_model.safetensors.index.json"));
        Assert.Contains(Convert().Warnings, static warning => warning.Contains("pytorch_model.safetensors.index.json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AMissingPartIsNamedWithoutAnIndex(int missing)
    {
        Write(shards: 3);
        File.Delete(At("model.safetensors.index.json"));
        File.Delete(At($"model-0000{missing}-of-00003.safetensors"));
        Assert.Contains($"2 of 3 parts of model.safetensors: part {missing} is missing", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoModelsInOneFolderAreNotMixed()
    {
        Write();
        File.Copy(At("model.safetensors"), At("a.safetensors"));
        File.Move(At("model.safetensors"), At("b.safetensors"));
        Assert.Contains("a.safetensors; b.safetensors", Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("last.ckpt", "PyTorch")]
    [InlineData("model.gguf", "ilab model import")]
    [InlineData("flax_model.msgpack", "safetensors")]
    public void WithoutWeightsItIsSaidWhatIsLookedForAndWhatIsThere(string name, string hint)
    {
        Write();
        File.Move(At("model.safetensors"), At(name));
        var error = Refused();
        Assert.Contains("model.safetensors.index.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", "Git LFS pointer")]
    [InlineData("PK\u0003\u0004 and more", "zip archive")]
    [InlineData("GGUF\u0003\0\0\0", "GGUF file")]
    public void WeightsThatAreSomethingElseAreCalledSo(string content, string kind)
    {
        Write();
        File.WriteAllText(At("model.safetensors"), content);
        Assert.Contains($"model.safetensors is a {kind}", Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_orig_mod.", "model.")]
    [InlineData("module.", "model.")]
    [InlineData("", "")]
    [InlineData("base_model.model.", "model.")]
    public void WrappedNamesAreReadAsTheUsualOnes(string wrapper, string root)
    {
        var plain = Write();
        var expected = Convert().Values("blk.1.ffn_down.weight");
        var tensors = plain.Tensors.ToArray();
        plain.Tensors.Clear();
        foreach (var (name, tensor) in tensors)
        {
            plain.Tensors[wrapper + (name.StartsWith("model.", StringComparison.Ordinal) ? root + name["model.".Length..] : name)] = tensor;
        }

        plain.Write(Folder);
        var converted = Convert();
        Assert.Equal(expected, converted.Values("blk.1.ffn_down.weight"));
        Assert.Contains(converted.Warnings, static warning => warning.StartsWith("the names of the tensors", StringComparison.Ordinal));
    }

    [Fact]
    public void TheLayoutOfTheMakersIsNamed()
    {
        Write();
        File.Delete(At("model.safetensors"));
        WriteSafetensors(
            At("consolidated.safetensors"),
            [("tok_embeddings.weight", SafetensorsType.F16, [320, 64]), ("norm.weight", SafetensorsType.F16, [64])]
        );
        Assert.Contains("not of Hugging Face", Refused().Hint, StringComparison.Ordinal);
    }
}
