namespace Ilab.Gguf.Conversion;

/// <summary>The types that a model can be converted to without the native library.</summary>
public static class FileTypes
{
    private static readonly (string Name, GgmlType Type, uint FileType)[] All =
    [
        ("F32", GgmlType.F32, 0),
        ("F16", GgmlType.F16, 1),
        ("BF16", GgmlType.BF16, 32),
        ("Q8_0", GgmlType.Q8_0, 7),
    ];

    public static IEnumerable<string> Names => All.Select(static entry => entry.Name);

    public static bool TryParse(string name, out GgmlType type)
    {
        var index = Array.FindIndex(All, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        type = index < 0 ? default : All[index].Type;
        return index >= 0;
    }

    /// <summary>llama.cpp's number for a file whose matrices are mostly of this type.</summary>
    public static uint FileType(GgmlType type) => Array.Find(All, entry => entry.Type == type).FileType;

    /// <summary>The type of one tensor: vectors stay F32, and what is not made of whole blocks becomes F16.</summary>
    public static GgmlType OfTensor(GgmlType wanted, IReadOnlyList<long> shape) =>
        shape.Count < 2 ? GgmlType.F32
        : shape[^1] % GgmlTypes.BlockElements(wanted) != 0 ? GgmlType.F16
        : wanted;
}
