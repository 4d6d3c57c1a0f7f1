using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Cli.Terminal;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>A chat as a JSON file: model, system prompt, settings under the names of /set, messages.</summary>
public static class SavedChat
{
    private const int Version = 1;

    /// <summary>A path is taken as it is; a bare name is a file in the user's state directory.</summary>
    /// <exception cref="IlabException">INVALID_ARGUMENT: a bare name, but no home directory.</exception>
    public static string PathOf(string fileOrName)
    {
        if (fileOrName.Contains('/', StringComparison.Ordinal) || fileOrName.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return Path.GetFullPath(fileOrName);
        if (StateDirectory.Path is not { } directory)
            throw new IlabException(ErrorKind.InvalidArgument, $"cannot save \"{fileOrName}\": HOME is not set", $"name a file: ./{fileOrName}.json");
        return Path.Combine(directory, "chats", fileOrName + ".json");
    }

    public static void Save(ChatSession session, string path)
    {
        try
        {
            string directory = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(directory))
                StateDirectory.Create(directory);
            string temporary = $"{path}.{Environment.ProcessId}.tmp";
            using (FileStream file = File.Create(temporary))
            {
                Write(session, file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (FileErrors.Covers(e))
        {
            throw FileErrors.Of(path, FileUse.Write, e);
        }
    }

    public static ChatSession Load(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(file);
            return Read(document.RootElement);
        }
        catch (Exception e) when (FileErrors.Covers(e))
        {
            throw FileErrors.Of(path, FileUse.Read, e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{path} is not a saved chat: {FirstLine(e.Message)}", "name a file written by /save or --save");
        }
    }

    private static void Write(ChatSession session, Stream stream)
    {
        using var json = new Utf8JsonWriter(
            stream,
            new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
        );
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("model", session.Model);
        json.WriteString("system", session.System);
        json.WriteStartObject("settings");
        foreach (Setting setting in SettingTable.All)
        {
            if (setting.Get(session.Settings) is { } value)
                json.WriteString(setting.Name, value);
        }

        json.WriteEndObject();
        if (session.Variables.Length > 0)
        {
            json.WritePropertyName("variables");
            json.WriteRawValue(session.Variables);
        }

        json.WriteStartArray("messages");
        foreach (ChatMessage message in session.Messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            json.WriteString("content", message.Content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static ChatSession Read(JsonElement root)
    {
        if (root.GetProperty("version").GetInt32() is var version && version != Version)
            throw new FormatException($"unknown version {version}");
        var session = new ChatSession(Text(root, "model")) { System = Text(root, "system") };
        if (root.TryGetProperty("settings", out JsonElement settings))
        {
            foreach (JsonProperty property in settings.EnumerateObject())
            {
                Setting setting = SettingTable.Find(property.Name) ?? throw new FormatException($"unknown setting `{property.Name}`");
                setting.Set(session.Settings, property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : property.Value.GetRawText());
            }
        }

        if (root.TryGetProperty("variables", out JsonElement variables))
            session.Variables = variables.ValueKind == JsonValueKind.Object ? variables.GetRawText() : throw new FormatException("variables is not an object");
        foreach (JsonElement message in root.GetProperty("messages").EnumerateArray())
            session.Add(Text(message, "role"), Text(message, "content"));
        return session;
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.');
}
