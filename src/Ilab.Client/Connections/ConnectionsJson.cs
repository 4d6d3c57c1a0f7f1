using System.Text.Json;

namespace Ilab.Client.Connections;

/// <summary>
/// The JSON of <c>connections.json</c>. Written by hand: the serializer, even with generated code, would be a hundredth of the client's size and more.
/// </summary>
internal static class ConnectionsJson
{
    private const string Connections = "Connections",
        Default = "Default",
        Name = "Name",
        Url = "Url",
        Identity = "Identity",
        TlsCa = "TlsCa",
        TlsCert = "TlsCert",
        TlsKey = "TlsKey",
        TokenFile = "TokenFile";

    /// <exception cref="JsonException">It is not JSON, or not of this form.</exception>
    public static ConnectionList Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var connections = new List<NamedConnection>();
        if (Member(document.RootElement, Connections, JsonValueKind.Array) is { } list)
        {
            foreach (var entry in list.EnumerateArray())
            {
                connections.Add(
                    new NamedConnection(Required(entry, Name), Required(entry, Url), Text(entry, Identity))
                    {
                        Security = new ConnectionSecurity(Text(entry, TlsCa), Text(entry, TlsCert), Text(entry, TlsKey), Text(entry, TokenFile)),
                    }
                );
            }
        }

        return new ConnectionList(connections, Text(document.RootElement, Default));
    }

    public static void Write(Stream stream, ConnectionList list)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray(Connections);
        foreach (var connection in list.Connections)
        {
            json.WriteStartObject();
            json.WriteString(Name, connection.Name);
            json.WriteString(Url, connection.Url);
            json.WriteString(Identity, connection.Identity);
            WriteSecurity(json, connection.Security);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString(Default, list.Default);
        json.WriteEndObject();
    }

    private static void WriteSecurity(Utf8JsonWriter json, ConnectionSecurity security)
    {
        (string Name, string? File)[] files =
        [
            (TlsCa, security.Authorities),
            (TlsCert, security.Certificate),
            (TlsKey, security.Key),
            (TokenFile, security.TokenFile),
        ];
        foreach (var (name, file) in files)
        {
            if (file is not null)
            {
                json.WriteString(name, file);
            }
        }
    }

    private static string Required(JsonElement parent, string name) => Text(parent, name) ?? throw new JsonException($"{name} is missing");

    private static string? Text(JsonElement parent, string name) => Member(parent, name, JsonValueKind.String)?.GetString();

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException($"expected an object, not {parent.ValueKind}");
        }

        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw new JsonException($"{name} is {value.ValueKind}, not {kind}");
    }
}
