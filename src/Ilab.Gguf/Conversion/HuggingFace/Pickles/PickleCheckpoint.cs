using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace.Pickles;

/// <summary>
/// A checkpoint as torch.save writes it: an archive with a pickle that names the tensors, and their numbers beside it. The pickle is read, not run: what is
/// no tensor is refused by name.
/// </summary>
internal static class PickleCheckpoint
{
    private const int LargestPickle = 256 << 20;
    private const string Index = "/data.pkl";

    private static readonly Dictionary<string, SafetensorsType> Storages = new(StringComparer.Ordinal)
    {
        ["torch.DoubleStorage"] = SafetensorsType.F64,
        ["torch.FloatStorage"] = SafetensorsType.F32,
        ["torch.HalfStorage"] = SafetensorsType.F16,
        ["torch.BFloat16Storage"] = SafetensorsType.BF16,
        ["torch.LongStorage"] = SafetensorsType.I64,
        ["torch.IntStorage"] = SafetensorsType.I32,
        ["torch.ShortStorage"] = SafetensorsType.I16,
        ["torch.CharStorage"] = SafetensorsType.I8,
        ["torch.ByteStorage"] = SafetensorsType.U8,
        ["torch.BoolStorage"] = SafetensorsType.Bool,
    };

    /// <summary>Entries of training programs that hold the model among other things.</summary>
    private static readonly string[] Wrappers = ["state_dict", "model", "module", "model_state_dict"];

    /// <exception cref="ConversionException">Not such a file, damaged, or more than tensors.</exception>
    public static IEnumerable<SourceTensor> Read(SourceFolder folder, string file)
    {
        var handle = folder.Open(file);
        try
        {
            var kind = folder.ContentOf(file);
            if (kind == FileContent.Pickle)
            {
                throw new ConversionException(
                    $"{file} is in the form that PyTorch had before version 1.6",
                    "load and save it once with a newer PyTorch, or get the model as safetensors",
                    isUnsupported: true
                );
            }

            if (kind != FileContent.Zip)
            {
                throw new ConversionException($"{file} is {kind ?? "no checkpoint"}, not an archive as PyTorch saves it", SourceFolder.HintFor(kind));
            }

            var entries = ZipIndex.Read(handle);
            var index =
                entries.Keys.FirstOrDefault(static name => name.EndsWith(Index, StringComparison.Ordinal))
                ?? throw new InvalidDataException("it has no data.pkl");
            var (offset, length) = entries[index];
            if (length > LargestPickle)
            {
                throw new InvalidDataException($"its data.pkl has {length / 1_000_000} MB, more than makes sense");
            }

            var pickle = new byte[length];
            if (RandomAccess.Read(handle, pickle, offset) != length)
            {
                throw new InvalidDataException("it is truncated");
            }

            var root = index[..^Index.Length];
            return
            [
                .. Tensors(new PickleMachine(pickle).Read(0))
                    .Select(entry => Of(entry.Name, entry.Value, file, handle, key => entries.TryGetValue($"{root}/data/{key}", out var place) ? place : null)),
            ];
        }
        catch (Exception exception) when (exception is PickleException or InvalidDataException)
        {
            throw new ConversionException($"{file}: {exception.Message}", "check that the file is whole, or get the model as safetensors");
        }
    }

    private static IEnumerable<(string Name, PickleCall Value)> Tensors(object? value)
    {
        var entries = EntriesOf(value) ?? throw new PickleException("it holds no list of tensors");
        foreach (var wrapper in Wrappers)
        {
            if (entries.TryGetValue(wrapper, out var inner) && EntriesOf(inner) is { Count: > 0 } own)
            {
                entries = own;
                break;
            }
        }

        foreach (var (name, entry) in entries)
        {
            if (entry is PickleCall call)
            {
                yield return call.Name.ToString() == "torch._utils._rebuild_parameter" && call.Arguments is [PickleCall parameter, ..]
                    ? (name, parameter)
                    : (name, call);
            }
        }
    }

    private static Dictionary<string, object?>? EntriesOf(object? value) =>
        value switch
        {
            Dictionary<string, object?> entries => entries,
            PickleCall { Name: { Module: "collections", Name: "OrderedDict" } } call => call.Entries,
            _ => null,
        };

    private static SourceTensor Of(string name, PickleCall call, string file, SafeFileHandle handle, Func<string, (long Offset, long Length)?> find)
    {
        if (call.Name.ToString() is not ("torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor"))
        {
            throw new ConversionException(
                $"{file}: {name} is made by {call.Name}, which is no tensor and is not run",
                "get the model as safetensors",
                isUnsupported: true
            );
        }

        if (
            call.Arguments
                is not [PickleStorage { Parts: ["storage", PickleName storage, string key, _, long, ..] }, long start, object?[] shape, object?[] strides, ..]
            || !Storages.TryGetValue(storage.ToString(), out var type)
        )
        {
            throw new ConversionException($"{file}: {name} is a tensor of a form that is not known", "get the model as safetensors");
        }

        var lengths = Array.ConvertAll(shape, static length => length is long value and >= 0 ? value : -1);
        var size = SafetensorsTypes.Size(type);
        var (count, isWhole) = Count(lengths, strides);
        if (find(key) is not { } place || count < 0 || start < 0 || start > place.Length / size || count > (place.Length / size) - start)
        {
            throw new ConversionException(
                $"{file}: {name} of the shape [{string.Join(", ", lengths)}] does not lie in its data",
                "check that the file is whole"
            );
        }

        if (!isWhole)
        {
            throw new ConversionException(
                $"{file}: the values of {name} do not lie in order",
                "save the model with contiguous tensors, or get it as safetensors",
                isUnsupported: true
            );
        }

        var tensor = new SafetensorsTensor(name, type, lengths, place.Offset + (start * size), count * size);
        return new SourceTensor(name, type, lengths, file, () => FileRows.Of(handle, 0, tensor));
    }

    // The last axis is next to itself, each other one a whole of those behind it.
    private static (long Count, bool IsWhole) Count(long[] lengths, object?[] strides)
    {
        if (strides.Length != lengths.Length || lengths.Length > 8)
        {
            return (-1, false);
        }

        Int128 count = 1;
        var isWhole = true;
        for (var axis = lengths.Length - 1; axis >= 0; axis--)
        {
            isWhole &= lengths[axis] == 1 || strides[axis] is long stride && stride == count;
            count *= lengths[axis];
            if (lengths[axis] < 0 || count > long.MaxValue)
            {
                return (-1, false);
            }
        }

        return ((long)count, isWhole);
    }
}
