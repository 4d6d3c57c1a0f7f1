using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Products;

/// <summary>
/// The product of a mixture of experts: each token's row by the matrices of the experts that were chosen for it. Which rows an expert gets is known only when
/// the graph has come so far, so kernels of a few sizes are bound beforehand, rows are gathered for them, and threads take the next expert when they are done
/// with one.
/// </summary>
internal unsafe struct ExpertTask
{
    /// <summary>Rows of the kernels that are bound: what is gathered takes the smallest that holds it.</summary>
    public const int Sizes = 3;

    /// <summary>Rows gathered before they are multiplied.</summary>
    public const int Most = 64;

    public Matrix Source;
    public Matrix Target;
    public Matrix Chosen;

    /// <summary>Rows of the source for each token: 1, or one for each chosen expert.</summary>
    public long SourceRows;

    public long Tokens;
    public long ChosenCount;
    public long Depth;
    public Precision Precision;
    public int Experts;
    public byte** Weights;

    /// <summary>Columns of the weights are cut so that there is work for every thread.</summary>
    public int Slices;

    public long Columns;
    public long SliceColumns;
    public long SliceBytes;
    public ExpertLane* Lanes;

    /// <summary>The next part to be done; threads count it up.</summary>
    public int Next;

    /// <summary>Not 0 = a status of oneDNN.</summary>
    public int Failed;

    public static long KernelRows(int size) =>
        size switch
        {
            0 => 4,
            1 => 16,
            _ => Most,
        };

    /// <summary>Does parts until none is left.</summary>
    public void Run(int thread)
    {
        var lane = Lanes + thread;
        for (var part = Interlocked.Increment(ref Next) - 1; part < Experts * Slices; part = Interlocked.Increment(ref Next) - 1)
        {
            var status = RunPart(lane, part / Slices, part % Slices);
            if (status != 0)
            {
                Failed = status;
            }
        }
    }

    private readonly int RunPart(ExpertLane* lane, int expert, int slice)
    {
        var targets = stackalloc float*[Most];
        var (count, status) = (0, 0);
        for (var token = 0L; token < Tokens && status == 0; token++)
        {
            for (var choice = 0L; choice < ChosenCount; choice++)
            {
                if (*(int*)Chosen.At(choice, token) != expert)
                {
                    continue;
                }

                Gather(lane, count, (float*)Source.At(SourceRows == 1 ? 0 : choice, token));
                targets[count++] = (float*)Target.At(choice, token) + (slice * SliceColumns);
                if (count == Most)
                {
                    status = Multiply(lane, expert, slice, targets, count);
                    count = 0;
                }
            }
        }

        return status == 0 && count > 0 ? Multiply(lane, expert, slice, targets, count) : status;
    }

    private readonly void Gather(ExpertLane* lane, int row, float* source)
    {
        var target = lane->State->Source.Data + (row * Depth * Precision.Size());
        if (Precision == Precision.Bfloat16)
        {
            Bfloat16.Convert(source, (ushort*)target, Depth);
        }
        else
        {
            NativeMemory.Copy(source, target, (nuint)Depth * sizeof(float));
        }
    }

    private readonly int Multiply(ExpertLane* lane, int expert, int slice, float** targets, int count)
    {
        var size =
            count <= KernelRows(0) ? 0
            : count <= KernelRows(1) ? 1
            : 2;
        var columns = Math.Min(SliceColumns, Columns - (slice * SliceColumns));
        var state = lane->State;
        var used = count * Depth * Precision.Size();
        new Span<byte>(state->Source.Data + used, (int)((KernelRows(size) * Depth * Precision.Size()) - used)).Clear(); // the rows that fill up are finite
        var binding = columns == SliceColumns ? lane->Whole(size) : lane->Last(size);
        var result = (float*)state->Target.Data;
        var status = binding->Run(state->Stream, state->Source.Data, Weights[expert] + (slice * SliceBytes), result, state->Scratchpad.Data);
        for (var row = 0; row < count && status == 0; row++)
        {
            NativeMemory.Copy(result + (row * columns), targets[row], (nuint)columns * sizeof(float));
        }

        return status;
    }
}

/// <summary>The rows of a tensor with two more dimensions: at (choice, token).</summary>
internal unsafe struct Matrix
{
    public byte* Data;
    public ulong Choice;
    public ulong Token;

    public readonly byte* At(long choice, long token) => Data + ((ulong)choice * Choice) + ((ulong)token * Token);
}

/// <summary>What one thread works with: kernels of every size for a slice, and for the narrower last one.</summary>
internal unsafe struct ExpertLane
{
    public LaneState* State;
    private BindingList _whole;
    private BindingList _last;

    public void Set(int size, Binding* whole, Binding* last) => (_whole[size], _last[size]) = ((nint)whole, (nint)last);

    public readonly Binding* Whole(int size) => (Binding*)_whole[size];

    public readonly Binding* Last(int size) => (Binding*)_last[size];

    [System.Runtime.CompilerServices.InlineArray(ExpertTask.Sizes)]
    private struct BindingList
    {
        private nint _first;
    }
}
