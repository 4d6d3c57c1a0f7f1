using System.Runtime.InteropServices;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Families;
using Ilab.Gguf.Safetensors;
using Ilab.Gguf.Tests.Conversion.HuggingFace;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>From a folder to a GGUF, back to a folder and to a GGUF again: every number and every setting are what they were.</summary>
public sealed class WayBackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Classes()
    {
        var data = new TheoryData<string>();
        foreach (var family in FamilyList.All.Where(static family => family.ConvertsBack))
        {
            data.Add(family.Classes[0]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void ACheckpointOfTheDescriptionComesBack(string className)
    {
        var source = Directory.CreateDirectory(At("source")).FullName;
        // Windows and the like have no words in some GGUFs; biases that a family may have and has not stay away.
        _ = new FamilyCheckpoint(
            source,
            className,
            SettingsOf(className),
            static entry => !entry.Rule.IsOptional || !entry.Target.EndsWith(".bias", StringComparison.Ordinal)
        );
        Compare(source, GgmlType.F32, isExact: !className.StartsWith("Gemma", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void AFolderOfTheCorpusComesBack(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: the way back is tried on made checkpoints alone");
        var path = new CorpusFolder(name).Path;
        string first;
        try
        {
            first = Convert(path, null, "probe");
        }
        catch (ConversionException)
        {
            Skip.If(true, $"{name} is there to be refused");
            return;
        }

        Skip.IfNot(ComesBack(first), $"{name}: no way back for its family");
        Compare(path, null, isExact: false);
        Compare(path, GgmlType.F32, isExact: false);
    }

    public static TheoryData<string> Folders() => CorpusTests.Folders();

    public void Dispose() => _folder.Dispose();

    private static bool ComesBack(string gguf)
    {
        try
        {
            return BackConfig.FamilyOf(GgufFile.Read(gguf)).ConvertsBack;
        }
        catch (ConversionException)
        {
            return false;
        }
    }

    private static string SettingsOf(string className) =>
        className switch
        {
            "Gemma4ForCausalLM" => """
                {"layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"], "sliding_window": 16}
                """,
            _ => """{"rope_theta": 10000.0}""",
        };

    private void Compare(string source, GgmlType? type, bool isExact)
    {
        var first = Convert(source, type, "first");
        var back = At("back");
        if (Directory.Exists(back))
        {
            Directory.Delete(back, recursive: true);
        }

        HuggingFaceExporter.Write(first, Directory.CreateDirectory(back).FullName, null, static _ => { }, CancellationToken.None);
        var second = Convert(back, type, "second");
        Assert.Equal(Tensors(first), Tensors(second));
        Assert.Equal(Settings(first), Settings(second));
        if (isExact)
        {
            Assert.Equal(Weights(source), Weights(back));
        }
    }

    // Experts may be packed, and are plain numbers on the way back: their values are compared.
    private static string[] Tensors(string gguf)
    {
        var header = GgufFile.Read(gguf);
        using var handle = File.OpenHandle(gguf);
        return
        [
            .. header
                .Tensors.Select(tensor =>
                {
                    var rows = FileRows.Of(handle, header.DataOffset, tensor);
                    var values = new float[tensor.Elements];
                    rows.Read(0, values);
                    var hash = System.Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
                    var type = tensor.Name.Contains("_exps", StringComparison.Ordinal) ? "" : $"{tensor.Type}";
                    return $"{tensor.Name} {type} {string.Join('x', tensor.Shape)} {hash}";
                })
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string[] Weights(string folder)
    {
        var path = Path.Combine(folder, "model.safetensors");
        var file = SafetensorsFile.Read(path);
        var bytes = File.ReadAllBytes(path);
        return
        [
            .. file
                .Tensors.Select(tensor =>
                    $"{tensor.Name} {tensor.Type} {string.Join('x', tensor.Shape)} "
                    + System.Convert.ToHexString(
                        System.Security.Cryptography.SHA256.HashData(bytes.AsSpan((int)(file.DataOffset + tensor.Offset), (int)tensor.Bytes))
                    )
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    // What a family computes by; names and the tokenizer are compared elsewhere.
    private static string[] Settings(string gguf)
    {
        var header = GgufFile.Read(gguf);
        var architecture = header.GetString("general.architecture")!;
        return
        [
            .. header
                .Metadata.Where(entry => entry.Key.StartsWith(architecture + ".", StringComparison.Ordinal))
                .Select(static entry => $"{entry.Key}={entry.Value}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    private string Convert(string source, GgmlType? type, string name)
    {
        var path = At(name + ".gguf");
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(source, static file => File.OpenHandle(file)), type);
        using var file = File.Create(path);
        conversion.Write(file, static _ => { }, CancellationToken.None);
        return path;
    }
}
