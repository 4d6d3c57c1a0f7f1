using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Products;

/// <summary>Memory on a cache line that only grows.</summary>
internal unsafe struct NativeBuffer
{
    private const nuint Line = 64;

    public byte* Data;
    public nuint Size;

    /// <summary>Has at least so many bytes afterwards; what was in it is lost when it moves.</summary>
    public void Ensure(long bytes)
    {
        if ((nuint)bytes <= Size && Data != null)
        {
            return;
        }

        Free();
        var size = (nuint)(bytes + (bytes / 4) + 4096);
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
