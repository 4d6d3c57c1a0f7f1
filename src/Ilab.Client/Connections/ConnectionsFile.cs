using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>A service by name.</summary>
public sealed record NamedConnection(string Name, string Url, string? Identity = null);

/// <summary>The named connections of this user and which one is the default.</summary>
public sealed record ConnectionList(IReadOnlyList<NamedConnection> Connections, string? Default)
{
    public static readonly ConnectionList Empty = new([], null);
}

/// <summary><c>connections.json</c> in the client's settings folder.</summary>
public sealed class ConnectionsFile(string configDirectory)
{
    private readonly string _path = Path.Combine(configDirectory, "connections.json");

    /// <exception cref="IlabException">The file cannot be read.</exception>
    public ConnectionList Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize(File.ReadAllBytes(_path), ConnectionsJson.Default.ConnectionList) ?? ConnectionList.Empty : ConnectionList.Empty;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new IlabException(ErrorKind.Internal, $"{_path} cannot be read: {exception.Message}", "mend it or remove it", exception);
        }
    }

    /// <summary>Written whole or not at all.</summary>
    public void Write(ConnectionList list)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var temporary = _path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, list, ConnectionsJson.Default.ConnectionList);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(ConnectionList))]
internal sealed partial class ConnectionsJson : JsonSerializerContext;
