using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>A folder of the reference corpus.</summary>
internal sealed class CorpusFolder
{
    public CorpusFolder(string name)
    {
        Path = System.IO.Path.Combine(Root!, name);
        using var document = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(Path, "expected.json")));
        Json = document.RootElement.Clone();
    }

    public string Path { get; }

    public JsonElement Json { get; }

    /// <summary>Null = the reference refuses the folder.</summary>
    public ExpectedGguf? Expected => Json.TryGetProperty("gguf", out var gguf) && gguf.ValueKind == JsonValueKind.Object ? new ExpectedGguf(gguf) : null;

    /// <summary>Names of all folders; one empty name when the corpus is not there.</summary>
    public static IEnumerable<string> All() =>
        Root is { } root ? Directory.GetDirectories(root).Select(static path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal) : [""];

    private static string? Root =>
        TestPaths.Shared is { } shared && Directory.Exists(System.IO.Path.Combine(shared, "reference", "conversion"))
            ? System.IO.Path.Combine(shared, "reference", "conversion")
            : null;
}
