using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn.Loading;

namespace Ilab.Native.OneDnn.Checks;

/// <summary>
/// What was found out about this machine, kept so that it is found out once: whether the products are right, and from how many rows on they gain. Another
/// version of a library, another CPU or another number of threads is another machine.
/// </summary>
internal sealed class MachineRecord
{
    /// <summary>Changes with the products of coded weights.</summary>
    private const string CodesVersion = "codes 1";

    private readonly string? _path;
    private readonly Lock _gate = new();
    private RecordFile _file;

    private MachineRecord(string? path, RecordFile file) => (_path, _file) = (path, file);

    /// <summary>What was checked so far.</summary>
    public IReadOnlyList<CheckedProduct> Checked => _file.Checked;

    /// <summary>ggml's numbers of the types of weights that were checked, also of those whose products are left to llama.cpp.</summary>
    public IReadOnlyList<int> CheckedTypes => _file.CheckedTypes;

    /// <param name="directory">Where records are kept; null = nowhere.</param>
    public static MachineRecord Open(string? directory, OneDnnLibrary? library, int threads)
    {
        var floats = library is null ? "no oneDNN" : $"oneDNN {library.Version}, instruction set {library.InstructionSet:x}";
        var key = $"{floats}, {CodesVersion}, llama.cpp {NativeLibraries.Version}, {CpuName()}, {threads} threads";
        var path = directory is null ? null : Path.Combine(directory, $"accelerator-{Hash(key)}.json");
        return new MachineRecord(path, Read(path, key) ?? new RecordFile { Key = key });
    }

    public long? Threshold(string shapes) => _file.Thresholds.TryGetValue(Hash(shapes), out var rows) ? rows : null;

    /// <summary>Takes the place of what was known of these types.</summary>
    public void AddChecked(IReadOnlyList<int> types, IReadOnlyList<CheckedProduct> results) =>
        Save(file =>
            file with
            {
                Checked = [.. file.Checked.Where(product => file.CheckedTypes.Except(types).Any(type => SelfCheck.IsOf(product, type))), .. results],
                CheckedTypes = [.. file.CheckedTypes.Union(types)],
            }
        );

    public void SetThreshold(string shapes, long rows) => Save(file => file with { Thresholds = new(file.Thresholds) { [Hash(shapes)] = rows } });

    private static RecordFile? Read(string? path, string key)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize(File.ReadAllBytes(path), ChecksJson.Default.RecordFile) is { } file && file.Key == key
                ? file
                : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null; // found out again
        }
    }

    private void Save(Func<RecordFile, RecordFile> change)
    {
        lock (_gate)
        {
            _file = change(_file);
            if (_path is null)
            {
                return;
            }

            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                var temporary = $"{_path}.{Environment.ProcessId}";
                using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                {
                    JsonSerializer.Serialize(stream, _file, ChecksJson.Default.RecordFile);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, _path, overwrite: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next process finds it out again.
            }
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private static string CpuName()
    {
        const string File = "/proc/cpuinfo";
        var line = System.IO.File.Exists(File)
            ? System.IO.File.ReadLines(File).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line is null ? "a CPU" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}

internal sealed record RecordFile
{
    public string Key { get; set; } = "";

    public IReadOnlyList<CheckedProduct> Checked { get; set; } = [];

    public IReadOnlyList<int> CheckedTypes { get; set; } = [];

    public Dictionary<string, long> Thresholds { get; set; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecordFile))]
internal sealed partial class ChecksJson : JsonSerializerContext;
