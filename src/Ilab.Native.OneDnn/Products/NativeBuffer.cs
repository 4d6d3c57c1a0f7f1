using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Products;

/// <summary>Memory on a cache line that only grows.</summary>
internal unsafe struct NativeBuffer
{
    private const nuint Line = 64;
    private const int Reserve = 4096;

    public byte* Data;
    public nuint Size;

    /// <summary>Bytes that were asked for: the reserve beyond them is not touched.</summary>
    public readonly long Wanted => Size == 0 ? 0 : (long)(Size - Reserve) * 4 / 5;

    /// <summary>Has at least so many bytes afterwards; what was in it is lost when it moves.</summary>
    public void Ensure(long bytes)
    {
        if ((nuint)bytes <= Size && Data != null)
        {
            return;
        }

        Free();
        var size = (nuint)(bytes + (bytes / 4) + Reserve);
        Data = (byte*)NativeMemory.AlignedAlloc(size, Line);
        Size = size;
    }

    public void Free()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
        Size = 0;
    }
}
