using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>The tensors of a model in one file or several, in the order of the files.</summary>
public sealed class ShardSet
{
    private readonly Dictionary<string, SourceTensor> _tensors = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    private ShardSet() { }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>In the order in which they lie in the files.</summary>
    public IEnumerable<SourceTensor> Tensors => _order.Where(_tensors.ContainsKey).Select(name => _tensors[name]);

    /// <exception cref="ConversionException">No weights, or some of the files are missing or not right.</exception>
    public static ShardSet Open(SourceFolder folder)
    {
        var set = new ShardSet();
        foreach (var file in WeightFiles.Find(folder))
        {
            set.Add(folder, file);
        }

        return set;
    }

    /// <summary>The tensors of one file.</summary>
    public static ShardSet Open(SourceFolder folder, string file)
    {
        var set = new ShardSet();
        set.Add(folder, file);
        return set;
    }

    public SourceTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    public IRowSource Rows(string name) => _tensors[name].Rows();

    /// <summary>Takes some tensors' place.</summary>
    internal void Replace(IEnumerable<string> old, SourceTensor tensor)
    {
        foreach (var name in old)
        {
            _tensors.Remove(name);
        }

        _tensors[tensor.Name] = tensor;
        _order.Add(tensor.Name);
    }

    internal void Remove(string name) => _tensors.Remove(name);

    /// <summary>Gives a tensor another name.</summary>
    /// <exception cref="ConversionException">Another one has it.</exception>
    internal void Rename(string name, string other)
    {
        if (name != other && _tensors.Remove(name, out var tensor))
        {
            if (!_tensors.TryAdd(other, tensor with { Name = other }))
            {
                throw new ConversionException($"{tensor.File} has {name}, but the weights have {other} as well");
            }

            _order[_order.IndexOf(name)] = other;
        }
    }

    private void Add(SourceFolder folder, string file)
    {
        foreach (var tensor in WeightFiles.IsPickle(file) ? Pickles.PickleCheckpoint.Read(folder, file) : Read(folder, file))
        {
            if (!_tensors.TryAdd(tensor.Name, tensor))
            {
                throw new ConversionException($"tensor {tensor.Name} is in more than one file");
            }

            _order.Add(tensor.Name);
        }
    }

    private static IEnumerable<SourceTensor> Read(SourceFolder folder, string file)
    {
        var handle = folder.Open(file);
        SafetensorsFile header;
        try
        {
            using var borrowed = new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: false);
            using var stream = new FileStream(borrowed, FileAccess.Read, 1 << 16);
            stream.Position = 0;
            header = SafetensorsFile.Read(stream);
        }
        catch (SafetensorsException exception)
        {
            var kind = folder.ContentOf(file);
            throw kind is null or FileContent.Safetensors
                ? new ConversionException($"{file}: {exception.Message}", "check that the file is whole")
                : new ConversionException($"{file} is {kind}, not safetensors", SourceFolder.HintFor(kind));
        }

        return header.Tensors.Select(tensor => new SourceTensor(
            tensor.Name,
            tensor.Type,
            tensor.Shape,
            file,
            () => FileRows.Of(handle, header.DataOffset, tensor)
        ));
    }
}
