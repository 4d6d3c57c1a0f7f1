using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>
/// Finds the files of a folder that hold its weights: the usual names first, then an index of another name, then shards without an index, then whatever
/// safetensors there are, if only one model can be meant.
/// </summary>
internal static partial class WeightFiles
{
    private const string Single = "model.safetensors";
    internal const string Index = "model.safetensors.index.json";
    private const string IndexEnd = ".safetensors.index.json";
    private const string Extension = ".safetensors";
    private const int MostShards = 10_000,
        Listed = 8;

    /// <summary>Files that are in such folders and are not the model's weights.</summary>
    private static readonly string[] Others = ["adapter_model.safetensors", "optimizer.safetensors", "training_args.safetensors", "rng_state.safetensors"];

    private const string PickleIndex = "pytorch_model.bin.index.json";

    /// <summary>Whether a file is a checkpoint in PyTorch's own form.</summary>
    public static bool IsPickle(string file) => Path.GetExtension(file).ToLowerInvariant() is ".bin" or ".pt" or ".pth";

    /// <exception cref="ConversionException">None, some are missing, or several models could be meant.</exception>
    public static IReadOnlyList<string> Find(SourceFolder folder)
    {
        if (folder.Has(Single))
        {
            return [Single];
        }

        if (folder.Has(Index))
        {
            return OfIndex(folder, Index);
        }

        var weights = folder.Names.Where(static name => name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && !Others.Contains(name)).ToArray();
        var indexes = folder.Names.Where(static name => name.EndsWith(IndexEnd, StringComparison.Ordinal)).ToArray();
        if (indexes is [var index])
        {
            folder.Warn($"the index of the weights is {index}, not {Index}");
            return OfIndex(folder, index);
        }

        return OfShards(folder, weights) ?? OfOthers(folder, weights) ?? OfPickles(folder) ?? throw None(folder);
    }

    private static string[] OfIndex(SourceFolder folder, string name)
    {
        using var index = folder.ReadJson(name);
        if (index?.RootElement.Find("weight_map") is not { ValueKind: JsonValueKind.Object } map)
        {
            throw new ConversionException($"{name} has no weight_map");
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
            : throw new ConversionException($"{folder.Name} lacks {ConversionException.Join(missing)}, which {name} names", "download the missing files");
    }

    /// <summary>Files named <c>x-00001-of-00002.safetensors</c>, when all of them are there.</summary>
    private static string[]? OfShards(SourceFolder folder, IEnumerable<string> weights)
    {
        var sets = weights
            .Select(static name => (Name: name, Match: Shard().Match(name)))
            .Where(static file => file.Match.Success)
            .GroupBy(static file => (Prefix: file.Match.Groups[1].Value, Count: file.Match.Groups[3].Value), static file => file)
            .ToArray();
        if (sets.Length != 1)
        {
            return null;
        }

        var count = int.Parse(sets[0].Key.Count, CultureInfo.InvariantCulture);
        var there = sets[0].ToDictionary(static file => int.Parse(file.Match.Groups[2].Value, CultureInfo.InvariantCulture), static file => file.Name);
        var missing = Enumerable.Range(1, Math.Min(count, MostShards)).Where(part => !there.ContainsKey(part)).ToArray();
        // Some programs count from zero.
        if (missing.Length > 0 && !(there.ContainsKey(0) && there.Count == count))
        {
            throw new ConversionException(
                $"{folder.Name} has {there.Count} of {count} parts of {sets[0].Key.Prefix}{Extension}: "
                    + $"{ConversionException.Join([.. missing.Select(part => $"part {part}")])} {(missing.Length == 1 ? "is" : "are")} missing",
                "download the missing files"
            );
        }

        folder.Warn($"the weights have no index ({Index}): all {there.Count} parts of {sets[0].Key.Prefix}{Extension} are read");
        return [.. there.OrderBy(static file => file.Key).Select(static file => file.Value)];
    }

    /// <summary>Files of any name: they are one model if no tensor is in two of them.</summary>
    private static string[]? OfOthers(SourceFolder folder, string[] weights)
    {
        if (weights.Length == 0)
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in weights)
        {
            if (!ShardSet.Open(folder, file).Names.All(names.Add))
            {
                throw new ConversionException(
                    $"{folder.Name} holds several models: {ConversionException.Join(weights)} have tensors of the same names",
                    $"leave one of them, or name it {Single}"
                );
            }
        }

        folder.Warn($"the weights are read from {ConversionException.Join(weights)}; the usual name is {Single}");
        return weights;
    }

    /// <summary>PyTorch's own form, when there is nothing else.</summary>
    private static string[]? OfPickles(SourceFolder folder)
    {
        if (folder.Has(PickleIndex))
        {
            return OfIndex(folder, PickleIndex);
        }

        var files = folder.Names.Where(static name => name.StartsWith("pytorch_model", StringComparison.Ordinal) && IsPickle(name)).ToArray();
        Array.ForEach(files, file => folder.Has(file));
        return files.Length > 0 ? files : null;
    }

    private static ConversionException None(SourceFolder folder)
    {
        var names = folder.Names;
        var there = names.Count == 0 ? "the folder is empty" : $"there are {string.Join(", ", names.Take(Listed))}{(names.Count > Listed ? ", ..." : "")}";
        return new ConversionException(
            $"{folder.Name} has no weights: {Single}, {Index} and other *.safetensors are looked for, {there}",
            Any(".bin", ".pt", ".pth", ".ckpt")
                    ? "weights in PyTorch's own format are read from pytorch_model.bin: name the file so, or get the model as safetensors"
                : Any(".gguf") ? "GGUF files need no conversion: 'ilab model import' takes them"
                : Any(".h5", ".msgpack", ".onnx", ".npz") ? "get the model as safetensors"
                : "name a folder as it comes from Hugging Face"
        );

        bool Any(params string[] extensions) => names.Any(name => extensions.Contains(Path.GetExtension(name).ToLowerInvariant()));
    }

    [GeneratedRegex(@"^(.*?)[-_.]?0*(\d{1,5})-of-0*(\d{1,5})\.safetensors$", RegexOptions.IgnoreCase)]
    private static partial Regex Shard();
}
