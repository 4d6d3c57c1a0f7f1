namespace Ilab.Gguf.Safetensors;

/// <summary>Element types of the format.</summary>
public enum SafetensorsType
{
    Bool,
    U8,
    I8,
    F8E4M3,
    F8E5M2,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

/// <summary>Names and sizes of the element types.</summary>
public static class SafetensorsTypes
{
    private static readonly (SafetensorsType Type, string Name, int Bytes)[] Table =
    [
        (SafetensorsType.Bool, "BOOL", 1),
        (SafetensorsType.U8, "U8", 1),
        (SafetensorsType.I8, "I8", 1),
        (SafetensorsType.F8E4M3, "F8_E4M3", 1),
        (SafetensorsType.F8E5M2, "F8_E5M2", 1),
        (SafetensorsType.I16, "I16", 2),
        (SafetensorsType.U16, "U16", 2),
        (SafetensorsType.F16, "F16", 2),
        (SafetensorsType.BF16, "BF16", 2),
        (SafetensorsType.I32, "I32", 4),
        (SafetensorsType.U32, "U32", 4),
        (SafetensorsType.F32, "F32", 4),
        (SafetensorsType.F64, "F64", 8),
        (SafetensorsType.I64, "I64", 8),
        (SafetensorsType.U64, "U64", 8),
    ];

    public static bool TryParse(string name, out SafetensorsType type)
    {
        var index = Array.FindIndex(Table, entry => entry.Name == name);
        type = index < 0 ? default : Table[index].Type;
        return index >= 0;
    }

    public static string Name(SafetensorsType type) => Table[(int)type].Name;

    /// <summary>Bytes of one element.</summary>
    public static int Size(SafetensorsType type) => Table[(int)type].Bytes;
}
