using Ilab.Engine.Errors;
using Ilab.Gguf.Conversion;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Says what a file is that was named as a model and is none, or none for this verb: told from its content.</summary>
public static class SourceFile
{
    private static readonly string[] PartsOfFolders = [".safetensors", ".json", ".model"];

    /// <summary>For imports: the file has to be a GGUF.</summary>
    /// <exception cref="EngineException">INVALID_MODEL, with the verb that reads it.</exception>
    public static void RequireGguf(string path, SafeFileHandle file)
    {
        var (name, kind) = (Path.GetFileName(path), KindOf(file));
        if (kind == FileContent.Gguf)
        {
            return;
        }

        RefusePartOfFolder(path, kind);
        throw new EngineException(
            ErrorKind.InvalidModel,
            kind is null ? $"{name} is not a GGUF file" : $"{name} is {kind}, not a GGUF file",
            kind is null ? $"'ilab model convert {path}' reads other formats" : HintFor(kind)
        );
    }

    /// <summary>For conversions: what is known to be something else than a llama2.c checkpoint.</summary>
    /// <exception cref="EngineException">INVALID_MODEL or UNSUPPORTED, with what to do instead.</exception>
    public static void RefuseForConversion(string path, SafeFileHandle file)
    {
        var (name, kind) = (Path.GetFileName(path), KindOf(file));
        if (kind == FileContent.Gguf)
        {
            throw new EngineException(ErrorKind.InvalidModel, $"{name} is a GGUF already", $"import it: ilab model import {path}");
        }

        if (kind == FileContent.Modelfile)
        {
            throw new EngineException(ErrorKind.InvalidModel, $"{name} is a Modelfile, not a model to convert", $"import it: ilab model import {path}");
        }

        RefusePartOfFolder(path, kind);
        if (kind is not null)
        {
            throw new EngineException(
                kind is FileContent.Zip or FileContent.Pickle ? ErrorKind.Unsupported : ErrorKind.InvalidModel,
                $"{name} is {kind}, which cannot be converted",
                HintFor(kind)
            );
        }
    }

    /// <summary>For imports: what a folder without a GGUF is.</summary>
    public static EngineException NoGgufIn(string folder)
    {
        var convert = $"ilab model convert {folder}";
        return File.Exists(Path.Combine(folder, "adapter_config.json"))
                ? new EngineException(ErrorKind.InvalidModel, $"{folder} holds a PEFT adapter, no GGUF file", $"convert it: {convert} --base MODEL")
            : File.Exists(Path.Combine(folder, SourceFolder.ConfigFile))
                ? new EngineException(ErrorKind.InvalidModel, $"{folder} holds a Hugging Face model, no GGUF file", $"convert it: {convert}")
            : new EngineException(
                ErrorKind.InvalidModel,
                $"{folder} contains no GGUF file: a *.gguf or a Modelfile is looked for",
                $"other formats are read by 'ilab model convert'"
            );
    }

    private static string? KindOf(SafeFileHandle file)
    {
        var prefix = new byte[FileContent.PrefixLength];
        return FileContent.Describe(prefix.AsSpan(0, RandomAccess.Read(file, prefix, 0)));
    }

    private static void RefusePartOfFolder(string path, string? kind)
    {
        if (kind == FileContent.Safetensors || (kind != FileContent.Pointer && PartsOfFolders.Contains(Path.GetExtension(path).ToLowerInvariant())))
        {
            var folder = Path.GetDirectoryName(path)!;
            throw new EngineException(
                ErrorKind.InvalidModel,
                $"{Path.GetFileName(path)} is one file of a model, which is a folder: config.json, weights and tokenizer together",
                $"name its folder: ilab model convert {folder}"
            );
        }
    }

    private static string HintFor(string kind) =>
        kind switch
        {
            FileContent.Pointer => "fetch the files of the repository with 'git lfs pull'",
            FileContent.Zip or FileContent.Pickle => "weights in PyTorch's own format can run programs and are not read: get the model as safetensors",
            _ => "check that the file is complete",
        };
}
