using System.Runtime.InteropServices;
using System.Text.Json;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;
using Ilab.Gguf.Safetensors;
using Ilab.Gguf.Tests.Conversion.HuggingFace;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>From a folder to a GGUF, back to a folder and to a GGUF again: every number and every setting are what they were.</summary>
public sealed class WayBackTests : IDisposable
{
    /// <summary>Folders whose weights are packed, or multiplied on the way: they come back as the numbers that were computed.</summary>
    private static readonly string[] Worked = ["awq", "bnb-4bit", "ct-fp8-channel", "falcon-h1", "fp8-block", "gptq", "pytorch-bin"];

    /// <summary>Parts of names of what a GGUF has not.</summary>
    private static readonly string[] LeftOut = ["pooler.", "visual.", "rotary_emb."];

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
        Compare(source, GgmlType.F32, isExact: !HasRoundedSteps(className), isMade: true);
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
        if (!Worked.Contains(name))
        {
            var (expected, actual) = (Weights(path), Weights(At("back")));
            Assert.Empty(actual.Except(expected));
            Assert.DoesNotContain(expected.Except(actual), static tensor => !Array.Exists(LeftOut, tensor.Contains));
        }

        Compare(path, GgmlType.F32, isExact: false);
    }

    /// <summary>What transformers makes of a tokenizer.model is in the corpus beside it.</summary>
    [SkippableTheory]
    [InlineData("llama2-spm")]
    [InlineData("mistral-v0.1")]
    [InlineData("phi3-4k")]
    [InlineData("gemma")]
    public void PiecesBecomeTheMergesThatTransformersMakesOfThem(string name)
    {
        Skip.IfNot(CorpusFolder.All().Contains(name), "no ../shared/reference/conversion: merges are not compared");
        var source = new CorpusFolder(name).Path;
        var back = Directory.CreateDirectory(At("back")).FullName;
        HuggingFaceExporter.Write(Convert(source, null, "first"), back, null, static _ => { }, CancellationToken.None);
        Assert.Equal(Merges(source), Merges(back));
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

    // In single precision, 1 + x and exp(x) do not keep all of x: what comes back gives the same GGUF, and is what it was where it came from half precision.
    private static bool HasRoundedSteps(string className) =>
        FamilyList.OfClass(className) is { } family
        && family.Tensors.Concat(family.LayerTensors).Any(static rule => rule.Steps.Any(static step => step is Shift or NegativeExponential or LeaveOut));

    private static string SettingsOf(string className) =>
        className switch
        {
            "Gemma4ForCausalLM" => """
                {"layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"], "sliding_window": 16}
                """,
            "GraniteMoeHybridForCausalLM" => """
                {"layer_types": ["mamba", "attention", "mamba", "mamba"], "num_key_value_heads": 2}
                """,
            "RobertaModel" or "XLMRobertaModel" => """{"pad_token_id": 1}""",
            "Dots1ForCausalLM" => """{"rope_theta": 10000.0, "num_key_value_heads": 4}""",
            "BertModel" or "DistilBertModel" => "{}",
            _ => """{"rope_theta": 10000.0}""",
        };

    private void Compare(string source, GgmlType? type, bool isExact, bool isMade = false)
    {
        var first = Convert(source, type, "first");
        var back = At("back");
        if (Directory.Exists(back))
        {
            Directory.Delete(back, recursive: true);
        }

        HuggingFaceExporter.Write(first, Directory.CreateDirectory(back).FullName, null, static _ => { }, CancellationToken.None);
        var second = Convert(back, type, "second");
        AssertSame(Tensors(first), Tensors(second));
        AssertSame(Settings(first, isMade), Settings(second, isMade));
        if (isExact)
        {
            AssertSame(Weights(source), Weights(back));
        }
    }

    private static void AssertSame(string[] before, string[] after)
    {
        string[] differences = [.. before.Except(after).Select(static line => "- " + line), .. after.Except(before).Select(static line => "+ " + line)];
        Assert.True(differences.Length == 0 && before.Length == after.Length, string.Join('\n', differences));
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

    // Whatever wraps the text part: its name is another one in older checkpoints.
    private static string[] Weights(string folder) =>
        [
            .. Directory
                .GetFiles(folder, "model*.safetensors")
                .SelectMany(static path =>
                {
                    var (file, bytes) = (SafetensorsFile.Read(path), File.ReadAllBytes(path));
                    return file.Tensors.Select(tensor =>
                        $"{tensor.Name.Replace("language_model.", "", StringComparison.Ordinal)} {tensor.Type} {string.Join('x', tensor.Shape)} "
                        + System.Convert.ToHexString(
                            System.Security.Cryptography.SHA256.HashData(bytes.AsSpan((int)(file.DataOffset + tensor.Offset), (int)tensor.Bytes))
                        )
                    );
                })
                .Order(StringComparer.Ordinal),
        ];

    // What a family computes by, and its tokenizer; names are compared elsewhere.
    // A made tokenizer may have no separator, and be said to add one.
    private static string[] Settings(string gguf, bool isMade)
    {
        var header = GgufFile.Read(gguf);
        using var stream = File.OpenRead(gguf);
        var arrays = new GgufArrays(header, stream);
        string[] prefixes = [header.GetString("general.architecture")! + ".", "tokenizer.", "general.sampling.", "general.file_type"];
        return
        [
            .. header
                .Metadata.Where(entry => !isMade || entry.Key != "tokenizer.ggml.add_sep_token")
                .Where(entry => Array.Exists(prefixes, prefix => entry.Key.StartsWith(prefix, StringComparison.Ordinal)))
                .Select(entry => $"{entry.Key}={(entry.Value.Value is GgufArray array ? ListOf(arrays, entry.Key, array) : $"{entry.Value}")}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string ListOf(GgufArrays arrays, string key, GgufArray array) =>
        array.ElementType switch
        {
            GgufValueType.String => string.Join('\n', arrays.Strings(key)!),
            GgufValueType.Float32 => string.Join(' ', arrays.Floats(key)!),
            GgufValueType.Bool => string.Join(' ', arrays.Flags(key)!),
            GgufValueType.UInt8 => System.Convert.ToHexString(arrays.Bytes(key)!),
            _ => string.Join(' ', arrays.Ints(key)!),
        };

    private static string[] Merges(string folder)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")));
        return
        [
            .. document
                .RootElement.GetProperty("model")
                .GetProperty("merges")
                .EnumerateArray()
                .Select(static merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}"),
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
