using System.Globalization;

namespace Ilab.Gguf;

/// <summary>Types of metadata values; numbers are those of the file format.</summary>
public enum GgufValueType : uint
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Bool = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>One metadata value. Arrays keep their length and first elements only: a vocabulary is read by those who need it.</summary>
public sealed class GgufValue
{
    internal GgufValue(GgufValueType type, object value)
    {
        Type = type;
        Value = value;
    }

    public GgufValueType Type { get; }

    /// <summary>A boxed number, bool, string, or <see cref="GgufArray"/>.</summary>
    public object Value { get; }

    public string TypeName =>
        Value is GgufArray array
            ? string.Create(CultureInfo.InvariantCulture, $"{array.ElementType.ToString().ToLowerInvariant()}[{array.Count}]")
            : Type.ToString().ToLowerInvariant();

    public string? AsString() => Value as string;

    /// <returns>Null when this is not a non-negative whole number.</returns>
    public ulong? AsUnsigned() =>
        Value switch
        {
            byte value => value,
            ushort value => value,
            uint value => value,
            ulong value => value,
            sbyte value when value >= 0 => (ulong)value,
            short value when value >= 0 => (ulong)value,
            int value when value >= 0 => (ulong)value,
            long value when value >= 0 => (ulong)value,
            _ => null,
        };

    public override string ToString() =>
        Value switch
        {
            GgufArray array => array.ToString(),
            bool flag => flag ? "true" : "false",
            _ => Convert.ToString(Value, CultureInfo.InvariantCulture) ?? "",
        };
}

/// <summary>A metadata array: where it lies and how it begins.</summary>
public sealed record GgufArray(GgufValueType ElementType, ulong Count, long Offset, IReadOnlyList<object> First)
{
    public override string ToString()
    {
        var shown = string.Join(", ", First.Select(static element => Convert.ToString(element, CultureInfo.InvariantCulture)));
        return Count > (ulong)First.Count ? $"[{shown}, ...]" : $"[{shown}]";
    }
}

/// <summary>One tensor: <paramref name="Shape"/> has ne[0] first; <paramref name="Offset"/> counts from the start of the data section.</summary>
public sealed record GgufTensor(string Name, GgmlType Type, IReadOnlyList<ulong> Shape, ulong Offset, ulong Bytes)
{
    public ulong Elements => Shape.Aggregate(1UL, static (product, length) => product * length);
}
