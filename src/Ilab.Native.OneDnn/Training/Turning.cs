using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Training;

/// <summary>Turns matrices around while they are converted, a block that fits the nearest cache at a time.</summary>
internal static unsafe class Turning
{
    private const int Block = 32;

    /// <summary>Element (row, column) of the target is element row of line column of the source.</summary>
    /// <param name="lineStep">Elements from one line of the source to the next.</param>
    public static void Turn(float* source, long lineStep, long rows, long columns, byte* target, Precision precision)
    {
        float* block = stackalloc float[Block * Block];
        for (var row = 0L; row < rows; row += Block)
        {
            var high = (int)Math.Min(Block, rows - row);
            for (var column = 0L; column < columns; column += Block)
            {
                var wide = (int)Math.Min(Block, columns - column);
                for (var line = 0; line < wide; line++)
                {
                    var from = source + ((column + line) * lineStep) + row;
                    for (var index = 0; index < high; index++)
                    {
                        block[(index * Block) + line] = from[index];
                    }
                }

                for (var index = 0; index < high; index++)
                {
                    var to = ((row + index) * columns) + column;
                    if (precision == Precision.Bfloat16)
                    {
                        Bfloat16.Convert(block + (index * Block), (ushort*)target + to, wide);
                    }
                    else
                    {
                        Buffer.MemoryCopy(block + (index * Block), (float*)target + to, wide * sizeof(float), wide * sizeof(float));
                    }
                }
            }
        }
    }
}
