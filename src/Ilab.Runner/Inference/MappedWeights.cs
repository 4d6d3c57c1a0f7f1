using System.IO.MemoryMappedFiles;
using Ilab.Gguf;
using Ilab.Native.OneDnn;

namespace Ilab.Runner.Inference;

/// <summary>The weights of a model as stored in its files, mapped on first use.</summary>
internal sealed unsafe class MappedWeights(IReadOnlyList<string> files) : IWeightFiles, IDisposable
{
    private readonly List<(MemoryMappedFile File, MemoryMappedViewAccessor View)> _open = [];
    private Dictionary<string, (nint Data, int Type)>? _tensors;

    public (nint Data, int Type)? Find(string name)
    {
        _tensors ??= Map();
        return _tensors.TryGetValue(name, out var found) ? found : null;
    }

    public void Dispose()
    {
        foreach (var (file, view) in _open)
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        }

        _open.Clear();
    }

    private Dictionary<string, (nint Data, int Type)> Map()
    {
        var tensors = new Dictionary<string, (nint Data, int Type)>();
        foreach (var path in files)
        {
            var header = GgufFile.Read(path);
            var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _open.Add((file, view));
            foreach (var tensor in header.Tensors)
            {
                tensors[tensor.Name] = ((nint)(start + header.DataOffset + (long)tensor.Offset), (int)tensor.Type);
            }
        }

        return tensors;
    }
}
