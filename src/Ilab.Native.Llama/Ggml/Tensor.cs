using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>
/// A tensor, owned by its <see cref="GgmlContext"/>. Dimensions are ordered as in ggml: [0] is the row length (columns), [1] the number of rows, [2] and [3]
/// the matrices. Must not be used after its context is disposed.
/// </summary>
public readonly unsafe struct Tensor : IEquatable<Tensor>
{
    private const int LongestName = 63;
    private const int ParameterFlag = 4;
    private const int OutputFlag = 2;
    private const int LossFlag = 8;

    internal Tensor(GgmlTensor* pointer) => Pointer = pointer;

    public bool IsNull => Pointer == null;

    /// <summary>ggml's type number; see <see cref="TensorTypes"/>.</summary>
    public int Type => Pointer->type;

    public long Columns => Pointer->ne[0];

    public long Rows => Pointer->ne[1];

    public long Elements => Pointer->ne[0] * Pointer->ne[1] * Pointer->ne[2] * Pointer->ne[3];

    public long Bytes => (long)GgmlApi.ggml_nbytes(Pointer);

    /// <summary>Whether <see cref="AsSpan"/> can be used.</summary>
    public bool IsInHostMemory => IsFloat && Pointer->data != null && GgmlApi.ggml_backend_buffer_is_host(Pointer->buffer) != 0;

    public bool IsContiguous => GgmlApi.ggml_is_contiguous(Pointer) != 0;

    public bool IsFloat => Type == TensorTypes.F32;

    /// <summary>Whether it is stored in blocks of 256 numbers, like K-quants.</summary>
    public bool IsInSuperBlocks => TensorTypes.BlockLength(Type) == 256;

    public bool IsParameter => (Pointer->flags & ParameterFlag) != 0;

    /// <summary>Whether it is a part of another tensor, in place.</summary>
    public bool IsView => Pointer->op == GgmlOp.View;

    /// <summary>What a view is a part of.</summary>
    public Tensor Viewed => new((GgmlTensor*)Pointer->src[0]);

    internal GgmlTensor* Pointer { get; }

    public string Name => Marshal.PtrToStringUTF8((nint)Pointer->name) ?? "";

    /// <summary>Size of dimension 0 to 3.</summary>
    public long this[int dimension] => Pointer->ne[dimension & 3];

    public static bool operator ==(Tensor left, Tensor right) => left.Pointer == right.Pointer;

    public static bool operator !=(Tensor left, Tensor right) => left.Pointer != right.Pointer;

    public bool HasShapeOf(Tensor other) => this[0] == other[0] && this[1] == other[1] && this[2] == other[2] && this[3] == other[3];

    /// <param name="name">At most 63 bytes; longer names are truncated.</param>
    public void SetName(string name)
    {
        Span<byte> target = new(Pointer->name, LongestName + 1);
        target.Clear();
        Encoding.UTF8.TryGetBytes(name, target[..LongestName], out _);
    }

    /// <summary>Marks it as a parameter, for which gradients are computed.</summary>
    public Tensor AsParameter()
    {
        Pointer->flags |= ParameterFlag;
        return this;
    }

    /// <summary>Keeps its memory until the end of the graph, so that it can be read.</summary>
    public Tensor AsOutput()
    {
        Pointer->flags |= OutputFlag;
        return this;
    }

    /// <summary>Marks the start of the backward pass. Unless it is a scalar, its gradient must be given as an accumulator.</summary>
    public Tensor AsLoss()
    {
        Pointer->flags |= LossFlag;
        return this;
    }

    /// <exception cref="GgmlException">The sizes differ, or it is not allocated yet.</exception>
    public void Write<T>(ReadOnlySpan<T> source)
        where T : unmanaged
    {
        CheckTransfer((long)source.Length * Unsafe.SizeOf<T>());
        fixed (T* pointer = source)
        {
            GgmlApi.ggml_backend_tensor_set(Pointer, pointer, 0, (nuint)Bytes);
        }
    }

    /// <summary>Writes a part of the data, for tensors too large to be held in memory twice.</summary>
    public void WriteAt(long offset, ReadOnlySpan<byte> source)
    {
        CheckTransfer(Bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + source.Length, Bytes);
        fixed (byte* pointer = source)
        {
            GgmlApi.ggml_backend_tensor_set(Pointer, pointer, (nuint)offset, (nuint)source.Length);
        }
    }

    public void Read<T>(Span<T> target)
        where T : unmanaged
    {
        CheckTransfer((long)target.Length * Unsafe.SizeOf<T>());
        fixed (T* pointer = target)
        {
            GgmlApi.ggml_backend_tensor_get(Pointer, pointer, 0, (nuint)Bytes);
        }
    }

    /// <summary>The data in place; F32 in host memory, valid until the backend frees it.</summary>
    public Span<float> AsSpan()
    {
        CheckTransfer(Bytes);
        return IsFloat && GgmlApi.ggml_backend_buffer_is_host(Pointer->buffer) != 0
            ? new Span<float>(Pointer->data, checked((int)Elements))
            : throw new GgmlException($"{this} cannot be seen where it is");
    }

    public float[] ToArray()
    {
        var values = new float[Elements];
        Read(values.AsSpan());
        return values;
    }

    public void Clear()
    {
        CheckTransfer(Bytes);
        GgmlApi.ggml_backend_tensor_memset(Pointer, 0, 0, (nuint)Bytes);
    }

    public bool Equals(Tensor other) => this == other;

    public override bool Equals(object? obj) => obj is Tensor other && this == other;

    public override int GetHashCode() => ((nint)Pointer).GetHashCode();

    public override string ToString() => IsNull ? "none" : $"{Name}[{this[0]}, {this[1]}, {this[2]}, {this[3]}]";

    private void CheckTransfer(long bytes)
    {
        if (Pointer->data == null)
        {
            throw new GgmlException($"{this} has no memory yet");
        }

        if (bytes != Bytes)
        {
            throw new GgmlException($"{this} has {Bytes} bytes, {bytes} were given");
        }
    }
}

/// <summary>The types used in graphs; files may contain others.</summary>
public static class TensorTypes
{
    public const int F32 = 0;
    public const int F16 = 1;
    public const int I32 = 26;
    public const int BF16 = 30;

    /// <summary>Numbers per block: 1, 32, or 256 for super-blocks.</summary>
    internal static unsafe long BlockLength(int type) => GgmlApi.ggml_get_type_traits(type)->blck_size;
}
