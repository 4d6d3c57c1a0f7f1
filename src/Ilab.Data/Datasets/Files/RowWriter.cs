using System.Collections;
using System.Globalization;
using System.Text.Json;
using Ilab.Data.Isolation;

namespace Ilab.Data.Datasets.Files;

/// <summary>Writes the rows of a Parquet file as lines of JSON. Null values are omitted; <c>messages</c> with JSON text become JSON.</summary>
internal sealed class RowWriter(long most) : IDisposable
{
    private const int Deepest = 60;
    private static readonly string[] JsonColumns = ["messages", "conversations", "metadata"];
    private readonly MemoryStream _lines = new();
    private long _written;

    public long Length => _lines.Length;

    /// <exception cref="TooMuchOutputException">The output would exceed its limit.</exception>
    /// <exception cref="FormatException">Values are nested too deeply.</exception>
    public void Add(IReadOnlyDictionary<string, object> row)
    {
        using (var writer = new Utf8JsonWriter(_lines, RecordFile.Writing))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in row)
            {
                if (value is not null) // the package declares its values as non-nullable, but leaves them null
                {
                    writer.WritePropertyName(name);
                    Write(writer, value is string text && JsonColumns.Contains(name) ? Parse(text) : value, 0);
                }
            }

            writer.WriteEndObject();
        }

        _lines.WriteByte((byte)'\n');
        if (_written + _lines.Length > most)
        {
            throw new TooMuchOutputException();
        }
    }

    public async Task FlushAsync(Stream output)
    {
        await output.WriteAsync(_lines.GetBuffer().AsMemory(0, (int)_lines.Length)).ConfigureAwait(false);
        _written += _lines.Length;
        _lines.SetLength(0);
    }

    public void Dispose() => _lines.Dispose();

    private static object Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Deepest });
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static void Write(Utf8JsonWriter writer, object? value, int depth)
    {
        if (depth > Deepest)
        {
            throw new FormatException("its values nest too deeply");
        }

        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case JsonElement json:
                json.WriteTo(writer);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal:
                writer.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
            case float or double when double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                writer.WriteNumberValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case byte[] bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            case IDictionary map:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in map)
                {
                    writer.WritePropertyName(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "");
                    Write(writer, entry.Value, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, item, depth + 1);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
