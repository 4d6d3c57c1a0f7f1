using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>Matrices of small numbers, each block of which is multiplied by a number of its own.</summary>
internal static class ScaledBlocks
{
    /// <param name="scales">One for all, one a row, or one for each block; of as many axes as the weights.</param>
    /// <param name="block">Rows and columns of a block; null = what the shape of the scales says.</param>
    /// <exception cref="ConversionException">The shapes do not fit.</exception>
    public static SourceTensor Of(SourceTensor weight, SourceTensor scales, (long Rows, long Columns)? block)
    {
        if (weight.Shape.Count < 2 || weight.Shape[^1] > int.MaxValue || scales.Shape.Any(static length => length == 0))
        {
            throw Misfit(weight, scales);
        }

        var (rows, columns) = (weight.Shape[^2], weight.Shape[^1]);
        // One axis less means one number a row; a scale for everything has one value.
        var down = scales.Shape.Count switch
        {
            0 => 1,
            1 => scales.Shape[0],
            _ => scales.Shape[^2],
        };
        var across = scales.Shape.Count > 1 ? scales.Shape[^1] : 1;
        var matrices = weight.Shape.SkipLast(2).Aggregate(1L, static (product, length) => product * length);
        var ofScales = scales.Shape.SkipLast(2).Aggregate(1L, static (product, length) => product * length);
        var size = block ?? ((rows + down - 1) / down, (columns + across - 1) / across);
        if (
            size.Rows <= 0
            || size.Columns <= 0
            || (down != 1 && (rows + size.Rows - 1) / size.Rows != down)
            || (across != 1 && (columns + size.Columns - 1) / size.Columns != across)
            || (ofScales != matrices && ofScales != 1)
        )
        {
            throw Misfit(weight, scales);
        }

        var numbers = new Loaded<float[]>(() => Values(scales));
        return weight with
        {
            Type = SafetensorsType.F32,
            Rows = () =>
                new ComputedRows(
                    weight.Rows(),
                    (row, width, values) =>
                    {
                        var all = numbers.Value;
                        for (var done = 0; done < values.Length; done += width, row++)
                        {
                            var line = ((ofScales == 1 ? 0 : row / rows * down) + (down == 1 ? 0 : row % rows / size.Rows)) * across;
                            for (var column = 0; column < width; column++)
                            {
                                values[done + column] *= all[line + (across == 1 ? 0 : column / size.Columns)];
                            }
                        }
                    }
                ),
        };
    }

    /// <summary>All values of a small tensor.</summary>
    public static float[] Values(SourceTensor tensor)
    {
        var rows = tensor.Rows();
        var values = new float[rows.Rows * rows.Width];
        rows.Read(0, values);
        return values;
    }

    /// <summary>All values of a tensor of whole numbers of 32 bits.</summary>
    /// <exception cref="ConversionException">Of another type.</exception>
    public static int[] Words(SourceTensor tensor)
    {
        var rows = tensor.Rows();
        var size = tensor.Type switch
        {
            SafetensorsType.I32 or SafetensorsType.U32 => sizeof(int),
            SafetensorsType.I64 or SafetensorsType.U64 => sizeof(long),
            _ => throw new ConversionException($"{tensor.File}: {tensor.Name} is of type {SafetensorsTypes.Name(tensor.Type)}, packed numbers are of I32"),
        };
        var bytes = new byte[checked((int)(rows.Rows * rows.Width * size))];
        rows.ReadBytes(0, bytes);
        return size == sizeof(int)
            ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes).ToArray()
            : Array.ConvertAll(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(bytes).ToArray(), static value => (int)value);
    }

    /// <summary>All bytes of a tensor of codes.</summary>
    /// <exception cref="ConversionException">Of another type.</exception>
    public static byte[] Bytes(SourceTensor tensor)
    {
        if (tensor.Type != SafetensorsType.U8)
        {
            throw new ConversionException($"{tensor.File}: {tensor.Name} is of type {SafetensorsTypes.Name(tensor.Type)}, codes are of U8");
        }

        var bytes = new byte[checked((int)tensor.Shape.Aggregate(1L, static (product, length) => checked(product * length)))];
        tensor.Rows().ReadBytes(0, bytes);
        return bytes;
    }

    public static ConversionException Misfit(SourceTensor weight, SourceTensor other) =>
        new(
            $"{weight.File}: {other.Name} of the shape [{string.Join(", ", other.Shape)}] does not fit {weight.Name} of the shape [{string.Join(", ", weight.Shape)}]"
        );
}
