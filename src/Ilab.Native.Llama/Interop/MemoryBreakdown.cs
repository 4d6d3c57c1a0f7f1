using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>
/// <c>std::map</c> of libstdc++ from a buffer type to three sizes, as the pinned library returns it: larger than two registers, it is written where the caller
/// says on every architecture, like a structure of that size.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryBreakdown
{
    public nint compare;
    public nint color;
    public Node* root;
    public Node* first;
    public Node* last;
    public nuint count;

    /// <summary>The entries, in the order of the tree.</summary>
    public readonly List<(nint BufferType, long Model, long Context, long Compute)> Entries()
    {
        var entries = new List<(nint, long, long, long)>();
        Add(root, entries);
        return entries;
    }

    private static void Add(Node* node, List<(nint, long, long, long)> entries)
    {
        if (node is not null)
        {
            Add(node->left, entries);
            entries.Add((node->bufferType, (long)node->model, (long)node->context, (long)node->compute));
            Add(node->right, entries);
        }
    }

    /// <summary>A node of the tree with its pair.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Node
    {
        public nint color;
        public Node* parent;
        public Node* left;
        public Node* right;
        public nint bufferType;
        public nuint model;
        public nuint context;
        public nuint compute;
    }
}
