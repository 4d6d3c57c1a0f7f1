using System.Buffers;
using System.Text.Json;
using Ilab.Engine.Jobs;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Which of a batch's results.</summary>
public enum BatchPart
{
    /// <summary>Those of all lines.</summary>
    All,

    /// <summary>Those with an answer.</summary>
    Answers,

    /// <summary>Those with an error.</summary>
    Errors,
}

/// <summary>
/// The results of a batch: the job's journal is all that there is of them, so that each is there once. An entry is the line's index, whether it is an
/// error, and the result.
/// </summary>
public static class BatchResults
{
    private const string File = "results.jsonl";

    /// <summary>Levels of an entry: a line may have 64, and its result is some levels deeper.</summary>
    private const int Deepest = 256;

    public static string PathIn(string folder) => Path.Combine(folder, File);

    /// <summary>Writes the results in the order of their lines, one per line.</summary>
    public static async Task WriteAsync(string folder, BatchPart part, Func<ReadOnlyMemory<byte>, Task> write)
    {
        var places = new SortedList<int, (long Position, int Length)>();
        JobJournal.Read(
            PathIn(folder),
            (line, position) =>
            {
                var entry = Parse(line);
                if (part == BatchPart.All || entry.IsError == (part == BatchPart.Errors))
                {
                    places.TryAdd(entry.Index, (position, line.Length));
                }
            }
        );
        if (places.Count == 0)
        {
            return;
        }

        using var file = System.IO.File.OpenHandle(PathIn(folder), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        foreach (var (position, length) in places.Values)
        {
            var line = new byte[length];
            for (int done = 0, read; done < length && (read = RandomAccess.Read(file, line.AsSpan(done), position + done)) > 0; done += read) { }

            await write((byte[])[.. Parse(line).Json.Span, (byte)'\n']).ConfigureAwait(false);
        }
    }

    internal static ReadOnlyMemory<byte> Entry(int index, BatchResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(result.Json.Length + 32);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteNumber("n"u8, index);
        json.WriteBoolean("e"u8, result.IsError);
        json.WritePropertyName("r"u8);
        json.WriteRawValue(result.Json, skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <exception cref="JsonException">It is none.</exception>
    internal static (int Index, bool IsError, ReadOnlyMemory<byte> Json) Parse(ReadOnlyMemory<byte> entry)
    {
        var reader = new Utf8JsonReader(entry.Span, new JsonReaderOptions { MaxDepth = Deepest });
        var (index, isError, result) = (0, false, ReadOnlyMemory<byte>.Empty);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            switch (name)
            {
                case "n":
                    index = reader.GetInt32();
                    break;
                case "e":
                    isError = reader.GetBoolean();
                    break;
                default:
                    reader.Skip();
                    result = entry[start..(int)reader.BytesConsumed];
                    break;
            }
        }

        return reader.TokenType == JsonTokenType.EndObject && !result.IsEmpty ? (index, isError, result) : throw new JsonException("not whole");
    }
}
