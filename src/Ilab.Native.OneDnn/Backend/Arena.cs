using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>Memory for the plans of one graph, at addresses that stay until the next; blocks are kept.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private const int BlockBytes = 64 << 10;
    private readonly List<nint> _blocks = [];
    private int _block;
    private int _used;

    public void Reset() => (_block, _used) = (0, 0);

    /// <summary>Zeroed; at most 64 KiB together.</summary>
    public T* Take<T>(int count)
        where T : unmanaged
    {
        var bytes = ((count * sizeof(T)) + 15) & ~15;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, BlockBytes);
        if (_used + bytes > BlockBytes)
        {
            (_block, _used) = (_block + 1, 0);
        }

        if (_block == _blocks.Count)
        {
            _blocks.Add((nint)NativeMemory.Alloc(BlockBytes));
        }

        var memory = (byte*)_blocks[_block] + _used;
        _used += bytes;
        NativeMemory.Clear(memory, (nuint)bytes);
        return (T*)memory;
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        _blocks.Clear();
    }
}
