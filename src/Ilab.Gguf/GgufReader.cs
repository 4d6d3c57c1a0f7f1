namespace Ilab.Gguf;

/// <summary>
/// Reads headers that strangers wrote. Every count and length is held against the bytes that are left before anything is allocated or
/// looped over, so that a small file cannot ask for much.
/// </summary>
internal sealed class GgufReader(Stream stream)
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const int MostMetadata = 65_536;
    private const int MostTensors = 262_144;
    private const int LongestKey = 65_535;
    private const int LongestString = 32 << 20;
    private const int SmallestTensorEntry = 8 + 4 + 4 + 8;
    private const int SmallestMetadataEntry = 8 + 4 + 1;
    private const int MostDimensions = 4;
    private const int ShownElements = 8;

    private readonly GgufInput _input = new(stream);

    public GgufFile Read()
    {
        var version = ReadPreamble();
        var tensorCount = ReadCount("tensors", MostTensors, SmallestTensorEntry);
        var metadataCount = ReadCount("metadata entries", MostMetadata, SmallestMetadataEntry);
        var metadata = ReadMetadata(metadataCount);
        var alignment = ReadAlignment(metadata);
        var tensors = ReadTensors(tensorCount, alignment);
        var dataOffset = Align(_input.Position, alignment);
        CheckData(tensors, dataOffset);
        return new GgufFile(version, metadata, tensors, alignment, dataOffset);
    }

    private uint ReadPreamble()
    {
        if (_input.Length < 24)
        {
            throw new GgufException(_input.Length == 0 ? "not a GGUF file: it is empty" : $"not a GGUF file: it has only {_input.Length} bytes");
        }

        if (_input.UInt32() != Magic)
        {
            throw new GgufException("not a GGUF file: it does not start with GGUF", 0);
        }

        var version = _input.UInt32();
        return version switch
        {
            2 or 3 => version,
            0x02000000 or 0x03000000 => throw new GgufException("a big-endian GGUF, which this machine cannot use", 4),
            _ => throw new GgufException($"GGUF version {version} is not known (2 and 3 are)", 4),
        };
    }

    private int ReadCount(string what, int most, int smallest)
    {
        var at = _input.Position;
        var count = _input.UInt64();
        if (count > (ulong)(_input.Remaining / smallest))
        {
            throw new GgufException($"the header claims {count} {what}, more than {_input.Length} bytes can hold", at);
        }

        return count <= (ulong)most ? (int)count : throw new GgufException($"the header claims {count} {what}, more than the {most} that make sense", at);
    }

    private Dictionary<string, GgufValue> ReadMetadata(int count)
    {
        var metadata = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (var index = 0; index < count; index++)
        {
            var at = _input.Position;
            var key = _input.String("a metadata key", LongestKey);
            if (!metadata.TryAdd(key, ReadValue(key)))
            {
                throw new GgufException($"metadata key \"{key}\" appears twice", at);
            }
        }

        return metadata;
    }

    private GgufValue ReadValue(string key)
    {
        var at = _input.Position;
        var type = (GgufValueType)_input.UInt32();
        return new GgufValue(type, type == GgufValueType.Array ? ReadArray(key) : ReadScalar(type, key, at));
    }

    private object ReadScalar(GgufValueType type, string key, long at) =>
        type switch
        {
            GgufValueType.UInt8 => _input.Byte(),
            GgufValueType.Int8 => (sbyte)_input.Byte(),
            GgufValueType.UInt16 => _input.UInt16(),
            GgufValueType.Int16 => (short)_input.UInt16(),
            GgufValueType.UInt32 => _input.UInt32(),
            GgufValueType.Int32 => (int)_input.UInt32(),
            GgufValueType.UInt64 => _input.UInt64(),
            GgufValueType.Int64 => (long)_input.UInt64(),
            GgufValueType.Float32 => _input.Float32(),
            GgufValueType.Float64 => _input.Float64(),
            GgufValueType.Bool => _input.Byte() switch
            {
                0 => false,
                1 => true,
                var other => throw new GgufException($"metadata \"{key}\" is a bool with the value {other}", at),
            },
            GgufValueType.String => _input.String($"metadata \"{key}\"", LongestString),
            _ => throw new GgufException($"metadata \"{key}\" has the unknown type {(uint)type}", at),
        };

    private GgufArray ReadArray(string key)
    {
        var at = _input.Position;
        var type = (GgufValueType)_input.UInt32();
        var size =
            SizeOf(type)
            ?? throw new GgufException(
                type == GgufValueType.Array ? $"metadata \"{key}\" is an array of arrays" : $"metadata \"{key}\" is an array of the unknown type {(uint)type}",
                at
            );
        var count = _input.UInt64();
        if (count > (ulong)_input.Remaining / (ulong)size)
        {
            throw new GgufException($"metadata \"{key}\" claims {count} elements, more than the {_input.Remaining} bytes left can hold", at);
        }

        var start = _input.Position;
        var first = new List<object>();
        for (ulong index = 0; index < count; index++)
        {
            if (index < ShownElements)
            {
                first.Add(ReadScalar(type, key, _input.Position));
            }
            else if (type == GgufValueType.String)
            {
                _input.Skip(_input.UInt64(), $"element {index} of metadata \"{key}\"");
            }
            else
            {
                _input.Skip((count - index) * (ulong)size, $"metadata \"{key}\"");
                break;
            }
        }

        return new GgufArray(type, count, start, first);
    }

    /// <summary>Least bytes of an element.</summary>
    private static int? SizeOf(GgufValueType type) =>
        type switch
        {
            GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
            GgufValueType.UInt16 or GgufValueType.Int16 => 2,
            GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
            GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 or GgufValueType.String => 8,
            _ => null,
        };

    private static uint ReadAlignment(Dictionary<string, GgufValue> metadata)
    {
        if (!metadata.TryGetValue("general.alignment", out var value))
        {
            return 32;
        }

        return value.Value is uint alignment && alignment is > 0 and <= 1 << 20 && (alignment & (alignment - 1)) == 0
            ? alignment
            : throw new GgufException($"general.alignment is {value}, not a power of two");
    }

    private List<GgufTensor> ReadTensors(int count, uint alignment)
    {
        var tensors = new List<GgufTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < count; index++)
        {
            var at = _input.Position;
            var tensor = ReadTensor(at);
            if (!names.Add(tensor.Name))
            {
                throw new GgufException($"tensor \"{tensor.Name}\" appears twice", at);
            }

            if (tensor.Offset % alignment != 0)
            {
                throw new GgufException($"tensor \"{tensor.Name}\" starts at {tensor.Offset}, not at a multiple of {alignment}", at);
            }

            tensors.Add(tensor);
        }

        return tensors;
    }

    private GgufTensor ReadTensor(long at)
    {
        var name = _input.String("a tensor name", LongestKey);
        if (name.Length >= 64)
        {
            throw new GgufException($"tensor name \"{name[..32]}...\" has {name.Length} characters, more than 63", at);
        }

        var dimensions = _input.UInt32();
        if (dimensions is 0 or > MostDimensions)
        {
            throw new GgufException($"tensor \"{name}\" has {dimensions} dimensions", at);
        }

        var shape = new ulong[dimensions];
        UInt128 elements = 1;
        for (var index = 0; index < shape.Length; index++)
        {
            shape[index] = _input.UInt64();
            elements = shape[index] > long.MaxValue ? UInt128.MaxValue : elements * shape[index];
            if (elements > long.MaxValue)
            {
                throw new GgufException($"tensor \"{name}\" has an impossible shape", at);
            }
        }

        var type = (GgmlType)_input.UInt32();
        if (!GgmlTypes.IsKnown(type))
        {
            throw new GgufException($"tensor \"{name}\" has the unknown type {(uint)type}", at);
        }

        if (shape[0] % (ulong)GgmlTypes.BlockElements(type) != 0)
        {
            throw new GgufException($"tensor \"{name}\" of type {type} has rows of {shape[0]}, not whole blocks of {GgmlTypes.BlockElements(type)}", at);
        }

        var offset = _input.UInt64();
        var bytes = (UInt128)GgmlTypes.Bytes(type, Math.Min((ulong)elements, long.MaxValue / 8));
        return bytes <= (UInt128)_input.Length
            ? new GgufTensor(name, type, shape, offset, (ulong)bytes)
            : throw new GgufException($"tensor \"{name}\" needs {bytes} bytes, more than the file's {_input.Length}", at);
    }

    private void CheckData(List<GgufTensor> tensors, long dataOffset)
    {
        foreach (var tensor in tensors)
        {
            if ((UInt128)(ulong)dataOffset + tensor.Offset + tensor.Bytes > (UInt128)(ulong)_input.Length)
            {
                var missing = (UInt128)(ulong)dataOffset + tensor.Offset + tensor.Bytes - (UInt128)(ulong)_input.Length;
                throw new GgufException($"the file is truncated: tensor \"{tensor.Name}\" ends {missing} bytes after the end of the file");
            }
        }
    }

    private static long Align(long position, uint alignment) => (position + alignment - 1) / alignment * alignment;
}
