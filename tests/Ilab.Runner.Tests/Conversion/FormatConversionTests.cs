using System.Security.Cryptography;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Gguf.Conversion.Llama2c;
using Ilab.Runner.Contract.Tasks;
using Ilab.Runner.Conversion;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>The task gives what the converters give, whatever its files are called where it finds them.</summary>
public sealed class FormatConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<(long Done, long Total)> _told = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderOfFilesFromElsewhereGivesTheSameBytes()
    {
        new TinyModel(new TinyModelShape()).Write(At("tiny"), shards: 2);
        using var folder = new SourceFolder(At("tiny"), static path => File.OpenHandle(path));
        using var conversion = HuggingFaceConverter.Prepare(folder, GgmlType.Q8_0);
        var expected = Bytes(conversion);
        var spec = new ConversionSpec
        {
            Format = ConversionSpec.HuggingFace,
            Name = "tiny",
            Type = "q8_0",
            Sources = folder.Used.Select((name, index) => (name, Moved(name, index))).ToDictionary(),
        };
        var written = FormatConversion.Run(new TaskSpec { Output = At("out.gguf"), Conversion = spec }, (done, total) => _told.Add((done, total)));
        Assert.Equal(expected, File.ReadAllBytes(At("out.gguf")));
        Assert.Equal(new WrittenFile(Convert.ToHexStringLower(SHA256.HashData(expected)), expected.Length), written);
        Assert.Equal((conversion.Bytes, conversion.Bytes), _told[^1]);
    }

    [Fact]
    public void AGgufBecomesAFolder()
    {
        var gguf = Gguf();
        using var export = HuggingFaceExporter.Prepare(gguf, "F16");
        export.Write(Directory.CreateDirectory(At("expected")).FullName, static _ => { }, CancellationToken.None);
        Directory.CreateDirectory(At("out"));
        var spec = new ConversionSpec
        {
            Format = ConversionSpec.HuggingFace,
            IsExport = true,
            Type = "F16",
        };
        FormatConversion.Run(
            new TaskSpec
            {
                Files = [gguf],
                OutputFolder = At("out"),
                Conversion = spec,
            },
            (done, total) => _told.Add((done, total))
        );
        Assert.Equal(export.Files.Order(), Directory.GetFiles(At("out")).Select(Path.GetFileName).Order());
        Assert.All(export.Files, file => Assert.Equal(File.ReadAllBytes(At($"expected/{file}")), File.ReadAllBytes(At($"out/{file}"))));
        Assert.Equal((export.Bytes, export.Bytes), _told[^1]);
    }

    [Fact]
    public void WhatCannotBeConvertedSaysWhatToDo()
    {
        File.WriteAllText(At("weights.bin"), "");
        new TinyModel(new TinyModelShape()).Write(At("tiny"));
        var spec = new ConversionSpec
        {
            Format = ConversionSpec.HuggingFace,
            Name = "tiny",
            Sources = new Dictionary<string, string> { ["config.json"] = At("tiny/config.json"), ["pytorch_model.bin"] = At("weights.bin") },
        };
        var error = Assert.Throws<ConversionException>(() =>
            FormatConversion.Run(new TaskSpec { Output = At("out.gguf"), Conversion = spec }, static (_, _) => { })
        );
        Assert.Contains("pytorch_model.bin is an empty file", error.Message, StringComparison.Ordinal);
        Assert.Contains("check that the file is whole", error.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(At("out.gguf")));
    }

    [SkippableFact]
    public void ACheckpointIsConvertedWithItsTokenizer()
    {
        Skip.If(TestPaths.Stories is null, "needs the real models beside the checkout");
        var models = Path.Combine(TestPaths.Shared!, "models");
        using var folder = new SourceFolder(models, static path => File.OpenHandle(path));
        using var conversion = Llama2cConverter.Prepare(folder, "stories260K.bin", File.ReadAllBytes(Path.Combine(models, "tok512.bin")), null);
        var spec = new ConversionSpec
        {
            Format = ConversionSpec.Llama2c,
            Name = "models",
            Sources = new Dictionary<string, string> { ["stories260K.bin"] = Path.Combine(models, "stories260K.bin") },
            Tokenizer = Path.Combine(models, "tok512.bin"),
        };
        FormatConversion.Run(new TaskSpec { Output = At("out.gguf"), Conversion = spec }, static (_, _) => { });
        Assert.Equal(Bytes(conversion), File.ReadAllBytes(At("out.gguf")));
    }

    private static byte[] Bytes(GgufConversion conversion)
    {
        using var stream = new MemoryStream();
        conversion.Write(stream, static _ => { }, CancellationToken.None);
        return stream.ToArray();
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    private string Moved(string name, int index)
    {
        File.Copy(At($"tiny/{name}"), At($"source-{index}"));
        return At($"source-{index}");
    }

    private string Gguf()
    {
        new TinyModel(new TinyModelShape()).Write(At("source"));
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(At("source"), static path => File.OpenHandle(path)), null);
        File.WriteAllBytes(At("source.gguf"), Bytes(conversion));
        return At("source.gguf");
    }
}
