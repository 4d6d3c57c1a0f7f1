using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>The tensors of a model in one safetensors file or several.</summary>
public sealed class ShardSet
{
    private const string Root = "model.",
        Embedding = "embed_tokens.weight",
        Head = "lm_head.";

    private readonly Dictionary<string, Place> _tensors = new(StringComparer.Ordinal);

    private ShardSet() { }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <exception cref="ConversionException">No weights, or some of the files are missing or not right.</exception>
    public static ShardSet Open(SourceFolder folder)
    {
        var set = new ShardSet();
        foreach (var file in WeightFiles.Find(folder))
        {
            set.Add(folder, file);
        }

        set.UseUsualNames(folder);
        return set;
    }

    /// <summary>The tensors of one file.</summary>
    public static ShardSet Open(SourceFolder folder, string file)
    {
        var set = new ShardSet();
        set.Add(folder, file);
        return set;
    }

    public SafetensorsTensor? Find(string name) => _tensors.GetValueOrDefault(name)?.Tensor;

    public IRowSource Rows(string name)
    {
        var place = _tensors[name];
        return FileRows.Of(place.File, place.DataOffset, place.Tensor);
    }

    private void Add(SourceFolder folder, string file)
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

        foreach (var tensor in header.Tensors)
        {
            if (!_tensors.TryAdd(tensor.Name, new Place(handle, header.DataOffset, tensor)))
            {
                throw new ConversionException($"tensor {tensor.Name} is in more than one file");
            }
        }
    }

    /// <summary>Names that a wrapper put something before, or a save without the head left something out of, get the usual form.</summary>
    private void UseUsualNames(SourceFolder folder)
    {
        var embeddings = _tensors.Keys.Where(static name => name == Embedding || name.EndsWith('.' + Embedding, StringComparison.Ordinal)).ToArray();
        if (embeddings is not [var embedding] || embedding == Root + Embedding)
        {
            return;
        }

        var before = embedding[..^Embedding.Length];
        var wrapper = before.EndsWith(Root, StringComparison.Ordinal) ? before[..^Root.Length] : before;
        var isBare = !before.EndsWith(Root, StringComparison.Ordinal);
        foreach (var (name, place) in _tensors.ToArray())
        {
            var own = name.StartsWith(wrapper, StringComparison.Ordinal) ? name[wrapper.Length..] : name;
            own = isBare && !own.StartsWith(Head, StringComparison.Ordinal) && !own.StartsWith(Root, StringComparison.Ordinal) ? Root + own : own;
            if (own != name && _tensors.Remove(name) && !_tensors.TryAdd(own, place))
            {
                throw new ConversionException($"the weights have {own} both with and without {wrapper}{(isBare ? Root : "")} before it");
            }
        }

        folder.Warn(
            wrapper.Length > 0
                ? $"the names of the tensors begin with {wrapper}, which was left out"
                : $"the names of the tensors lack {Root[..^1]}: they were saved without the head"
        );
    }

    private sealed record Place(SafeFileHandle File, long DataOffset, SafetensorsTensor Tensor);
}
