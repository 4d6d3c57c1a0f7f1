using System.Text;
using System.Text.Json;
using Ilab.Gguf.Json;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion;

/// <summary>A folder of files to convert from: a real one, or files from different places under the names that they had together.</summary>
public sealed class SourceFolder : IDisposable
{
    /// <summary>The file of a Hugging Face folder that says what the model is.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The one folder inside whose files are read, too: templates for other purposes than a chat.</summary>
    public const string TemplateFolder = "additional_chat_templates";

    private const int LongestText = 256 << 20; // tokenizers of large vocabularies have tens of MB

    private readonly Dictionary<string, SafeFileHandle> _handles = [];
    private readonly SortedSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];
    private readonly Func<string, bool> _has;
    private readonly Func<string, SafeFileHandle> _open;
    private readonly Func<IEnumerable<string>> _names;
    private readonly Func<IEnumerable<string>> _templates;

    /// <param name="path">Absolute.</param>
    /// <param name="open">Opens a file by its full path, with the caller's rights.</param>
    public SourceFolder(string path, Func<string, SafeFileHandle> open)
    {
        Name = Path.GetFileName(path.TrimEnd('/'));
        _has = name => File.Exists(Path.Combine(path, name));
        _open = name => open(Path.Combine(path, name));
        _names = () => NamesIn(path);
        var templates = Path.Combine(path, TemplateFolder);
        _templates = () => Directory.Exists(templates) ? NamesIn(templates).Select(static file => $"{TemplateFolder}/{file}") : [];
    }

    /// <param name="name">Of the folder.</param>
    /// <param name="files">Paths by the names that the files have in it.</param>
    public SourceFolder(string name, IReadOnlyDictionary<string, string> files)
    {
        Name = name;
        _has = files.ContainsKey;
        _open = file => File.OpenHandle(files[file]);
        _names = () => files.Keys.Where(static file => !file.Contains('/', StringComparison.Ordinal));
        _templates = () => files.Keys.Where(static file => file.StartsWith(TemplateFolder + "/", StringComparison.Ordinal));
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

    /// <summary>Names of all files in the folder, sorted; looking does not make them used.</summary>
    public IReadOnlyList<string> Names => [.. _names().Order(StringComparer.Ordinal)];

    /// <summary>Names of the files in <see cref="TemplateFolder"/>, with it in front, sorted.</summary>
    public IReadOnlyList<string> Templates => [.. _templates().Order(StringComparer.Ordinal)];

    /// <summary>What was found odd, left out or replaced while the folder was read, one line each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    public void Warn(string warning)
    {
        if (!_warnings.Contains(warning))
        {
            _warnings.Add(warning);
        }
    }

    /// <summary>What a file is, from its first bytes: a noun phrase, or null.</summary>
    public string? ContentOf(string file)
    {
        var prefix = new byte[FileContent.PrefixLength];
        return FileContent.Describe(prefix.AsSpan(0, RandomAccess.Read(Open(file), prefix, 0)));
    }

    /// <summary>The open file; it stays open until this is disposed.</summary>
    /// <exception cref="ConversionException">No plain file name.</exception>
    public SafeFileHandle Open(string file)
    {
        var name = Path.GetFileName(file);
        if (name.Length == 0 || name is "." or ".." || (file != name && file != $"{TemplateFolder}/{name}"))
        {
            throw new ConversionException($"{Name} names a file outside its folder: {file}");
        }

        _used.Add(file);
        return _handles.TryGetValue(file, out var handle) ? handle : _handles[file] = _open(file);
    }

    /// <summary>Bytes of a file.</summary>
    public long LengthOf(string file) => RandomAccess.GetLength(Open(file));

    public byte[] ReadBytes(string file)
    {
        var handle = Open(file);
        var length = RandomAccess.GetLength(handle);
        if (length > LongestText)
        {
            throw new ConversionException($"{file} has {length / 1_000_000} MB, more than makes sense");
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
            var document = LenientJson.Parse(ReadBytes(file));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException exception)
        {
            throw ContentOf(file) is { } kind and not "a JSON file"
                ? new ConversionException($"{file} is {kind}", HintFor(kind))
                : new ConversionException($"{file} is not JSON (line {exception.LineNumber + 1})", "check that the file is whole");
        }

        throw new ConversionException($"{file} does not hold a JSON object");
    }

    private static IEnumerable<string> NamesIn(string path)
    {
        try
        {
            return [.. Directory.EnumerateFiles(path).Select(static file => Path.GetFileName(file))];
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new ConversionException($"the files in {path} cannot be listed", "check the permissions of the folder");
        }
    }

    /// <summary>What to do about a file that is not what its name says.</summary>
    internal static string HintFor(string? kind) =>
        kind == FileContent.Pointer ? "fetch the files of the repository with 'git lfs pull'" : "check that the file is whole";

    public void Dispose()
    {
        foreach (var handle in _handles.Values)
        {
            handle.Dispose();
        }
    }
}
