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

    /// <summary>The first matrix in half precision decides; F16 if there is none.</summary>
    public const string Auto = "AUTO";

    public static IEnumerable<string> Names => All.Select(static entry => entry.Name).Append(Auto);

    /// <summary>Whether a name is known.</summary>
    /// <param name="type">The type that it stands for; null for <see cref="Auto"/>.</param>
    public static bool TryParse(string name, out GgmlType? type)
    {
        var index = Array.FindIndex(All, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        type = index < 0 ? null : All[index].Type;
        return index >= 0 || IsAuto(name);
    }

    public static bool IsAuto(string? name) => Auto.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>llama.cpp's number for a file whose experts are MXFP4, and the rest of no block type.</summary>
    public const uint Mxfp4File = 38;

    /// <summary>llama.cpp's number for a file whose matrices are mostly of this type.</summary>
    public static uint FileType(GgmlType type) => Array.Find(All, entry => entry.Type == type).FileType;

    /// <summary>Matrices that are small and matter much, or that the engine takes in single precision only.</summary>
    private static readonly string[] AlwaysSingle =
    [
        "ffn_gate_inp.weight",
        "ffn_gate_inp_shexp.weight",
        "position_embd.weight",
        "token_types.weight",
        "ssm_conv1d.weight",
        "shortconv.conv.weight",
    ];

    /// <summary>The type of one tensor by its name, too: norms, routers, convolutions and what is no weight stay F32.</summary>
    public static GgmlType OfTensor(GgmlType wanted, string name, IReadOnlyList<long> shape)
    {
        var own = name.StartsWith("blk.", StringComparison.Ordinal) ? name[(name.IndexOf('.', 4) + 1)..] : name;
        return !own.EndsWith(".weight", StringComparison.Ordinal) || own.EndsWith("_norm.weight", StringComparison.Ordinal) || AlwaysSingle.Contains(own)
            ? GgmlType.F32
            : OfTensor(wanted, shape);
    }

    /// <summary>The type of one tensor: vectors stay F32, and what is not made of whole blocks becomes F16.</summary>
    public static GgmlType OfTensor(GgmlType wanted, IReadOnlyList<long> shape) =>
        shape.Count < 2 ? GgmlType.F32
        : shape[^1] % GgmlTypes.BlockElements(wanted) != 0 ? GgmlType.F16
        : wanted;
}
