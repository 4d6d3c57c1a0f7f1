using Ilab.Engine.Errors;
using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Reads summaries of GGUF files, inside or outside the store.</summary>
public static class GgufSummary
{
    private static readonly string[] FileTypes =
    [
        "F32",
        "F16",
        "Q4_0",
        "Q4_1",
        "",
        "",
        "",
        "Q8_0",
        "Q5_0",
        "Q5_1",
        "Q2_K",
        "Q3_K_S",
        "Q3_K_M",
        "Q3_K_L",
        "Q4_K_S",
        "Q4_K_M",
        "Q5_K_S",
        "Q5_K_M",
        "Q6_K",
        "IQ2_XXS",
        "IQ2_XS",
        "Q2_K_S",
        "IQ3_XS",
        "IQ3_XXS",
        "IQ1_S",
        "IQ4_NL",
        "IQ3_S",
        "IQ3_M",
        "IQ2_S",
        "IQ2_M",
        "IQ4_XS",
        "IQ1_M",
        "BF16",
        "",
        "",
        "",
        "TQ1_0",
        "TQ2_0",
        "MXFP4",
    ];

    /// <exception cref="EngineException">INVALID_MODEL: not a usable GGUF file; NOT_FOUND; PERMISSION_DENIED.</exception>
    public static GgufFile ReadHeader(string path) => ReadHeader(path, () => GgufFile.Read(path));

    /// <summary>Summary of a model in one or more files, in order.</summary>
    public static ModelSummary Read(IReadOnlyList<string> paths) => Read(paths, paths);

    /// <summary>As above, for files with a different display name, such as blobs.</summary>
    public static ModelSummary Read(IReadOnlyList<string> paths, IReadOnlyList<string> names) =>
        Of(
            names[0],
            [.. paths.Zip(names, static (path, name) => ReadHeader(name, () => GgufFile.Read(path)))],
            paths.Sum(static path => new FileInfo(path).Length)
        );

    /// <summary>As above, for open files; paths are used only in messages.</summary>
    public static ModelSummary Read(IReadOnlyList<string> paths, IReadOnlyList<SafeFileHandle> files) =>
        Of(paths[0], [.. paths.Zip(files, static (path, file) => ReadHeader(path, () => ReadOpen(file)))], files.Sum(RandomAccess.GetLength));

    private static GgufFile ReadOpen(SafeFileHandle file)
    {
        // The stream must not close the handle, which is still needed.
        using var own = new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false);
        using var stream = new FileStream(own, FileAccess.Read, bufferSize: 1 << 16);
        stream.Position = 0;
        return GgufFile.Read(stream);
    }

    private static GgufFile ReadHeader(string path, Func<GgufFile> read)
    {
        try
        {
            return read();
        }
        catch (GgufException exception)
        {
            throw new EngineException(ErrorKind.InvalidModel, $"{Path.GetFileName(path)}: {exception.Message}", "check that the file is complete", exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EngineException(ErrorKind.NotFound, $"{path}: no such file", "", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new EngineException(ErrorKind.PermissionDenied, $"{path}: permission denied", "", exception);
        }
    }

    private static ModelSummary Of(string path, IReadOnlyList<GgufFile> headers, long size)
    {
        var first = headers[0];
        var architecture = first.GetString("general.architecture");
        if (string.IsNullOrEmpty(architecture))
        {
            throw new EngineException(ErrorKind.InvalidModel, $"{Path.GetFileName(path)}: general.architecture is missing", "check that the file is a model");
        }

        int Of(string key) => (int)Math.Min(first.GetUnsigned($"{architecture}.{key}") ?? 0, int.MaxValue);
        var heads = Of("attention.head_count");
        var embedding = Of("embedding_length");
        var tensors = headers.SelectMany(static header => header.Tensors).ToArray();
        return new ModelSummary
        {
            Architecture = architecture,
            Title = first.GetString("general.name") ?? "",
            Quantization = QuantizationOf(first, tensors),
            Parameters = tensors.Aggregate(0UL, static (sum, tensor) => sum + tensor.Elements),
            ContextLength = Of("context_length"),
            Size = size,
            Layers = Of("block_count"),
            Heads = heads,
            KvHeads = Of("attention.head_count_kv") is > 0 and var own ? own : heads,
            HeadDimension =
                Of("attention.key_length") is > 0 and var length ? length
                : heads > 0 ? embedding / heads
                : 0,
            Embedding = embedding,
            Vocabulary = (int)Math.Min(first.GetCount("tokenizer.ggml.tokens") ?? 0, int.MaxValue),
            FeedForward = Of("feed_forward_length"),
            HasOwnHead = tensors.Any(static tensor => tensor.Name == "output.weight"),
            HasChatTemplate = first.GetString("tokenizer.chat_template") is { Length: > 0 },
            License = first.GetString("general.license") ?? "",
            CanRun = KnownArchitectures.Contains(architecture),
            Purpose = ModelPurpose.Of(first, architecture),
            Warnings = LoadWarnings.Of(first) is { Count: > 0 } warnings ? warnings : null,
        };
    }

    private static string QuantizationOf(GgufFile header, IReadOnlyList<GgufTensor> tensors)
    {
        if (header.GetUnsigned("general.file_type") is { } type && type < (ulong)FileTypes.Length && FileTypes[type].Length > 0)
        {
            return FileTypes[type];
        }

        // Not specified: use the type that accounts for most of the bytes.
        return tensors.GroupBy(static tensor => tensor.Type).MaxBy(static group => group.Sum(static tensor => (double)tensor.Bytes))?.Key.ToString() ?? "";
    }
}
