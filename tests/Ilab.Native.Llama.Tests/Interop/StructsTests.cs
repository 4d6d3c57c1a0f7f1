using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Ilab.Native.Llama.Interop;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests.Interop;

/// <summary>Every mirrored struct against the table made from the header of the pinned version (packaging/native/abi).</summary>
public sealed class StructsTests
{
    private static readonly (string Native, Type Mirror)[] Mirrors =
    [
        ("llama_model_params", typeof(ModelParams)),
        ("llama_context_params", typeof(ContextParams)),
        ("llama_batch", typeof(Batch)),
        ("llama_chat_message", typeof(NativeChatMessage)),
        ("llama_sampler_chain_params", typeof(SamplerChainParams)),
        ("ggml_threadpool_params", typeof(ThreadPoolParams)),
        ("llama_model_quantize_params", typeof(QuantizeParams)),
        ("llama_model_imatrix_data", typeof(ImportanceEntry)),
        ("ggml_tensor", typeof(GgmlTensor)),
        ("ggml_type_traits", typeof(GgmlTypeTraits)),
        ("ggml_init_params", typeof(InitParams)),
    ];

    [Fact]
    public void EveryMirrorHasTheLayoutOfTheHeader() => Assert.Empty(Differences(Table()));

    [Fact]
    public void EveryStructOfTheTableIsMirrored() =>
        Assert.Equal(Mirrors.Select(static mirror => mirror.Native).Order(StringComparer.Ordinal), Table().Select(static entry => entry.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void ADoctoredTableIsNoticed()
    {
        var table = Table();
        table["llama_context_params"]!["n_threads"] = 4;
        table["llama_batch"]!["size"] = 8;
        Assert.Equal(2, Differences(table).Count());
    }

    private static JsonObject Table() => JsonNode.Parse(File.ReadAllText(Path.Combine(TestPaths.Repository, "packaging", "native", "abi", "abi.json")))!.AsObject();

    private static IEnumerable<string> Differences(JsonObject table)
    {
        foreach (var (native, mirror) in Mirrors)
        {
            var layout = table[native]!.AsObject();
            var size = Marshal.SizeOf(mirror);
            if (size != (int)layout["size"]!)
            {
                yield return $"{native}: {size} bytes, the header says {layout["size"]}";
            }

            var fields = mirror.GetFields(BindingFlags.Public | BindingFlags.Instance);
            foreach (var (name, offset) in layout.Where(static entry => entry.Key != "size"))
            {
                var field = fields.FirstOrDefault(candidate => candidate.Name == name);
                if (field is null || (int)Marshal.OffsetOf(mirror, name) != (int)offset!)
                {
                    yield return $"{native}.{name}: {(field is null ? "missing" : Marshal.OffsetOf(mirror, name).ToString())}, the header says {offset}";
                }
            }

            if (fields.Length != layout.Count - 1)
            {
                yield return $"{native}: {fields.Length} fields, the header has {layout.Count - 1}";
            }
        }
    }
}
