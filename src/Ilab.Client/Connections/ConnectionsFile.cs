using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>A named service address.</summary>
public sealed record NamedConnection(string Name, string Url, string? Identity = null)
{
    public ConnectionSecurity Security { get; init; } = ConnectionSecurity.None;
}

/// <summary>The named connections of this user and the default among them.</summary>
public sealed record ConnectionList(IReadOnlyList<NamedConnection> Connections, string? Default)
{
    public static readonly ConnectionList Empty = new([], null);
}

/// <summary><c>connections.json</c> in the client's configuration directory.</summary>
public sealed class ConnectionsFile(string configDirectory)
{
    private readonly string _path = Path.Combine(configDirectory, "connections.json");

    /// <exception cref="IlabException">The file cannot be read.</exception>
    public ConnectionList Read()
    {
        try
        {
            return File.Exists(_path) ? ConnectionsJson.Parse(File.ReadAllBytes(_path)) : ConnectionList.Empty;
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(_path, FileUse.Read, exception);
        }
        catch (JsonException exception)
        {
            throw new IlabException(ErrorKind.Internal, $"cannot read {_path}: {exception.Message}", "repair or remove the file", exception);
        }
    }

    /// <summary>Replaces the file atomically.</summary>
    /// <exception cref="IlabException">The file cannot be written.</exception>
    public void Write(ConnectionList list)
    {
        try
        {
            Replace(list);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(_path, FileUse.Write, exception);
        }
    }

    private void Replace(ConnectionList list)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var temporary = _path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            ConnectionsJson.Write(file, list);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }
}
