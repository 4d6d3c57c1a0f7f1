using System.Text.Json;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>The tensors of a model in one safetensors file or several.</summary>
public sealed class ShardSet
{
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private const int MostShards = 10_000;

    private readonly Dictionary<string, Place> _tensors = new(StringComparer.Ordinal);

    private ShardSet() { }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <exception cref="ConversionException">No weights, or some of the files are missing or not right.</exception>
    public static ShardSet Open(SourceFolder folder)
    {
        var set = new ShardSet();
        foreach (var file in FilesOf(folder))
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

    public SafetensorsTensor? Find(string name) => _tensors.GetValueOrDefault(name)?.Tensor;

    public IRowSource Rows(string name)
    {
        var place = _tensors[name];
        return FileRows.Of(place.File, place.DataOffset, place.Tensor);
    }

    private static string[] FilesOf(SourceFolder folder)
    {
        using var index = folder.ReadJson(Index);
        if (index is null)
        {
            return folder.Has(Single)
                ? [Single]
                : throw new ConversionException(
                    $"{folder.Name} has neither {Single} nor {Index}",
                    folder.HasAny(".bin")
                        ? "weights in PyTorch's own format can run programs and are not read: get the model as safetensors"
                        : "name a folder as it comes from Hugging Face"
                );
        }

        if (index.RootElement.Find("weight_map") is not { ValueKind: JsonValueKind.Object } map)
        {
            throw new ConversionException($"{Index} has no weight_map");
        }

        var files = map.EnumerateObject()
            .Select(static entry => ((JsonElement?)entry.Value).Text() ?? "")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Take(MostShards)
            .ToArray();
        var missing = files.Where(file => !folder.Has(file)).ToArray();
        return missing.Length == 0
            ? files
            : throw new ConversionException($"{folder.Name} lacks {ConversionException.Join(missing)}", "download the missing files");
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
            throw new ConversionException($"{file}: {exception.Message}", "check that the file is whole");
        }

        foreach (var tensor in header.Tensors)
        {
            if (!_tensors.TryAdd(tensor.Name, new Place(handle, header.DataOffset, tensor)))
            {
                throw new ConversionException($"tensor {tensor.Name} is in more than one file");
            }
        }
    }

    private sealed record Place(SafeFileHandle File, long DataOffset, SafetensorsTensor Tensor);
}
