using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Ilab.Testing;

/// <summary>The table of native layouts made from the headers of the pinned library (<c>packaging/native/abi</c>), and what a mirror gets wrong.</summary>
public static class AbiTable
{
    private const string Total = "sizeof";

    public static JsonObject Read() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(TestPaths.Repository, "packaging", "native", "abi", "abi.json")))!.AsObject();

    /// <summary>One line for every size or offset of a mirror (native name, type) that the table does not confirm.</summary>
    public static IEnumerable<string> Differences(JsonObject table, IEnumerable<(string Native, Type Mirror)> mirrors)
    {
        foreach (var (native, mirror) in mirrors)
        {
            var layout = table[native]!.AsObject();
            var size = Marshal.SizeOf(mirror);
            if (size != (int)layout[Total]!)
            {
                yield return $"{native}: {size} bytes, the header says {layout[Total]}";
            }

            var fields = mirror.GetFields(BindingFlags.Public | BindingFlags.Instance);
            foreach (var (name, offset) in layout.Where(static entry => entry.Key != Total))
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
