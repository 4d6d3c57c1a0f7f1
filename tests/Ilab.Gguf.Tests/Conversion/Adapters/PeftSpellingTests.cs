using System.Runtime.InteropServices;
using System.Text.Json;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Safetensors;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.Adapters;

/// <summary>Projections that one checkpoint fuses and another keeps apart: an adapter in either spelling changes the same rows by the same amounts.</summary>
public sealed class PeftSpellingTests : IDisposable
{
    private const int Rank = 3;
    private const double Alpha = 6;
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, (float[] A, float[] B, int Rows, int Columns)> _modules = [];

    [Fact]
    public void PartsOfAFusedProjectionBecomeOneAdapter()
    {
        var checkpoint = new FamilyCheckpoint(At("base"), "Phi3ForCausalLM", """{"num_key_value_heads": 2}""");
        Add("model.layers.1.self_attn.q_proj", 64, 64);
        Add("model.layers.1.self_attn.v_proj", 32, 64);
        Add("model.layers.1.mlp.up_proj", 96, 64);
        var changes = Convert(checkpoint);

        Assert.Equal(["blk.1.attn_qkv.weight", "blk.1.ffn_up.weight"], changes.Keys.Order(StringComparer.Ordinal));
        AssertSame(changes["blk.1.attn_qkv.weight"], 0, "model.layers.1.self_attn.q_proj");
        Assert.All(changes["blk.1.attn_qkv.weight"].Skip(64).Take(32), static row => Assert.All(row, static value => Assert.Equal(0, value)));
        AssertSame(changes["blk.1.attn_qkv.weight"], 96, "model.layers.1.self_attn.v_proj");
        Assert.All(changes["blk.1.ffn_up.weight"].Take(96), static row => Assert.All(row, static value => Assert.Equal(0, value)));
        AssertSame(changes["blk.1.ffn_up.weight"], 96, "model.layers.1.mlp.up_proj");
    }

    [Fact]
    public void AFusedAdapterFallsIntoTheProjectionsOfTheBase()
    {
        var checkpoint = new FamilyCheckpoint(At("base"), "Qwen3ForCausalLM");
        Add("model.layers.0.self_attn.qkv_proj", 64 + 32 + 32, 64);
        Add("model.layers.0.mlp.gate_up_proj", 192, 64);
        var changes = Convert(checkpoint);

        AssertSame(changes["blk.0.attn_q.weight"], 0, "model.layers.0.self_attn.qkv_proj", 0);
        AssertSame(changes["blk.0.attn_k.weight"], 0, "model.layers.0.self_attn.qkv_proj", 64);
        AssertSame(changes["blk.0.attn_v.weight"], 0, "model.layers.0.self_attn.qkv_proj", 96);
        AssertSame(changes["blk.0.ffn_gate.weight"], 0, "model.layers.0.mlp.gate_up_proj", 0);
        AssertSame(changes["blk.0.ffn_up.weight"], 0, "model.layers.0.mlp.gate_up_proj", 96);
    }

    [Fact]
    public void AMatrixThatIsKeptTransposedHasTheFactorsOfOthers()
    {
        var checkpoint = new FamilyCheckpoint(At("base"), "GPT2LMHeadModel");
        Add("transformer.h.2.attn.c_attn", 192, 64);
        var changes = Convert(checkpoint);

        AssertSame(changes["blk.2.attn_qkv.weight"], 0, "transformer.h.2.attn.c_attn");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Some rows of a change against all of a module's, or those from one on.</summary>
    private void AssertSame(double[][] change, int first, string module, int from = 0)
    {
        var (a, b, rows, columns) = _modules[module];
        for (var row = 0; row < Math.Min(rows - from, change.Length - first); row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var expected = Alpha / Rank * Enumerable.Range(0, Rank).Sum(index => (double)b[((from + row) * Rank) + index] * a[(index * columns) + column]);
                Assert.Equal(expected, change[first + row][column], 1e-5);
            }
        }
    }

    private void Add(string module, int rows, int columns)
    {
        var random = new Random(_modules.Count);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        _modules[module] = (Numbers(Rank * columns), Numbers(rows * Rank), rows, columns);
    }

    /// <returns>What the adapter adds to each matrix, as llama.cpp takes it: [rows][columns].</returns>
    private Dictionary<string, double[][]> Convert(FamilyCheckpoint checkpoint)
    {
        var folder = At("adapter");
        File.WriteAllText(
            Path.Combine(folder, "adapter_config.json"),
            JsonSerializer.Serialize(
                new
                {
                    peft_type = "LORA",
                    r = Rank,
                    lora_alpha = Alpha,
                }
            )
        );
        var writer = new SafetensorsWriter();
        foreach (var (module, (a, b, rows, columns)) in _modules)
        {
            writer.Add(
                $"base_model.model.{module}.lora_A.weight",
                SafetensorsType.F32,
                [Rank, columns],
                stream => stream.Write(MemoryMarshal.AsBytes<float>(a))
            );
            writer.Add($"base_model.model.{module}.lora_B.weight", SafetensorsType.F32, [rows, Rank], stream => stream.Write(MemoryMarshal.AsBytes<float>(b)));
        }

        writer.Write(Path.Combine(folder, "adapter_model.safetensors"));
        var path = Path.Combine(_folder.Path, "adapter.gguf");
        using (var conversion = PeftConverter.Prepare(new SourceFolder(folder, static file => File.OpenHandle(file)), checkpoint.Model, null))
        {
            using var file = File.Create(path);
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        var header = GgufFile.Read(path);
        var bytes = File.ReadAllBytes(path);
        return header
            .Tensors.Where(static tensor => tensor.Name.EndsWith(".lora_a", StringComparison.Ordinal))
            .ToDictionary(static tensor => tensor.Name[..^".lora_a".Length], Change);

        double[][] Change(GgufTensor first)
        {
            var second = header.Tensors.Single(tensor => tensor.Name == first.Name[..^1] + "b");
            var (columns, rank, rows) = ((int)first.Shape[0], (int)first.Shape[1], (int)second.Shape[1]);
            var (a, b) = (Numbers(first), Numbers(second));
            var scale = (float)header.Metadata["adapter.lora.alpha"].Value / rank;
            return
            [
                .. Enumerable
                    .Range(0, rows)
                    .Select(row =>
                        Enumerable
                            .Range(0, columns)
                            .Select(column => scale * Enumerable.Range(0, rank).Sum(index => (double)b[(row * rank) + index] * a[(index * columns) + column]))
                            .ToArray()
                    ),
            ];
        }

        float[] Numbers(GgufTensor tensor) =>
            MemoryMarshal.Cast<byte, float>(bytes.AsSpan((int)(header.DataOffset + (long)tensor.Offset), (int)tensor.Bytes)).ToArray();
    }

    private string At(string name) => Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
}
