using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion;

/// <summary>A folder of files to convert from. Every file goes through <paramref name="open"/>, which has the caller's rights.</summary>
/// <param name="path">Absolute.</param>
/// <param name="open">Opens a file by its full path.</param>
public sealed class SourceFolder(string path, Func<string, SafeFileHandle> open) : IDisposable
{
    /// <summary>The file of a Hugging Face folder that says what the model is.</summary>
    public const string ConfigFile = "config.json";

    private const int LongestText = 256 << 20; // tokenizers of large vocabularies have tens of MB

    private readonly Dictionary<string, SafeFileHandle> _handles = [];

    public string Path { get; } = path;

    public string Name => System.IO.Path.GetFileName(Path.TrimEnd('/'));

    public bool Has(string file) => File.Exists(System.IO.Path.Combine(Path, file));

    /// <summary>The open file; it stays open until this is disposed.</summary>
    /// <exception cref="ConversionException">No plain file name.</exception>
    public SafeFileHandle Open(string file)
    {
        if (file.Length == 0 || file != System.IO.Path.GetFileName(file) || file is "." or "..")
        {
            throw new ConversionException($"{Name} names a file outside its folder: {file}");
        }

        return _handles.TryGetValue(file, out var handle) ? handle : _handles[file] = open(System.IO.Path.Combine(Path, file));
    }

    public byte[] ReadBytes(string file)
    {
        var handle = Open(file);
        var length = RandomAccess.GetLength(handle);
        if (length > LongestText)
        {
            throw new ConversionException($"{file} has {length >> 20} MiB, more than makes sense");
        }

        var bytes = new byte[length];
        for (var read = 0; read < bytes.Length; )
        {
            var more = RandomAccess.Read(handle, bytes.AsSpan(read), read);
            read = more > 0 ? read + more : throw new ConversionException($"{file} became shorter while it was read");
        }

        return bytes;
    }

    public string ReadText(string file) => Encoding.UTF8.GetString(ReadBytes(file));

    /// <summary>A JSON object, or null when the file is not there.</summary>
    public JsonDocument? ReadJson(string file)
    {
        if (!Has(file))
        {
            return null;
        }

        try
        {
            var document = JsonDocument.Parse(ReadBytes(file), new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException exception)
        {
            throw new ConversionException($"{file} is not JSON (line {exception.LineNumber + 1})", "check that the file is whole");
        }

        throw new ConversionException($"{file} does not hold a JSON object");
    }

    public void Dispose()
    {
        foreach (var handle in _handles.Values)
        {
            handle.Dispose();
        }
    }
}
