using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion;

/// <summary>A folder of files to convert from: a real one, or files from different places under the names that they had together.</summary>
public sealed class SourceFolder : IDisposable
{
    /// <summary>The file of a Hugging Face folder that says what the model is.</summary>
    public const string ConfigFile = "config.json";

    private const int LongestText = 256 << 20; // tokenizers of large vocabularies have tens of MB

    private readonly Dictionary<string, SafeFileHandle> _handles = [];
    private readonly SortedSet<string> _used = new(StringComparer.Ordinal);
    private readonly Func<string, bool> _has;
    private readonly Func<string, SafeFileHandle> _open;
    private readonly Func<IEnumerable<string>> _names;

    /// <param name="path">Absolute.</param>
    /// <param name="open">Opens a file by its full path, with the caller's rights.</param>
    public SourceFolder(string path, Func<string, SafeFileHandle> open)
    {
        Name = Path.GetFileName(path.TrimEnd('/'));
        _has = name => File.Exists(Path.Combine(path, name));
        _open = name => open(Path.Combine(path, name));
        _names = () => Directory.EnumerateFiles(path);
    }

    /// <param name="name">Of the folder.</param>
    /// <param name="files">Paths by the names that the files have in it.</param>
    public SourceFolder(string name, IReadOnlyDictionary<string, string> files)
    {
        Name = name;
        _has = files.ContainsKey;
        _open = file => File.OpenHandle(files[file]);
        _names = () => files.Keys;
    }

    public string Name { get; }

    /// <summary>Names of the files that were opened, or asked for and found: a folder of these alone is converted to the same bytes.</summary>
    public IReadOnlyCollection<string> Used => _used;

    public bool Has(string file)
    {
        if (!_has(file))
        {
            return false;
        }

        _used.Add(file);
        return true;
    }

    public bool HasAny(string extension) => _names().Any(name => name.EndsWith(extension, StringComparison.Ordinal));

    /// <summary>The open file; it stays open until this is disposed.</summary>
    /// <exception cref="ConversionException">No plain file name.</exception>
    public SafeFileHandle Open(string file)
    {
        if (file.Length == 0 || file != Path.GetFileName(file) || file is "." or "..")
        {
            throw new ConversionException($"{Name} names a file outside its folder: {file}");
        }

        _used.Add(file);
        return _handles.TryGetValue(file, out var handle) ? handle : _handles[file] = _open(file);
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
