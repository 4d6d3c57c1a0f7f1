using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Ilab.Daemon.Access;

/// <summary>What a request is about, for the audit log: the fields that name something. All others, credentials and texts among them, are left out.</summary>
internal static class AuditObject
{
    private const int Deepest = 3;
    private const int Longest = 400;

    private static readonly HashSet<string> Named =
    [
        "reference",
        "id",
        "name",
        "source",
        "target",
        "base",
        "dataset",
        "path",
        "checkpoint_path",
        "data_path",
        "data_name",
        "file_name",
        "generation_id",
        "output",
        "url",
        "key_secret",
        "token_secret",
        "continue_job",
        "from_job",
        "recipe_dataset",
    ];

    private static readonly HashSet<string> Flags = ["all", "force", "replace", "dry_run", "stop_runners", "uid"];

    // Messages that say what another message is about, as opposed to its contents.
    private static readonly HashSet<string> Inside = ["model", "start", "options", "teacher"];

    public static string Of(IMessage? message)
    {
        var parts = new List<string>();
        Add(parts, message, Deepest);
        var text = string.Join(' ', parts);
        return text.Length <= Longest ? text : text[..Longest] + "...";
    }

    /// <summary>An address without credentials: user, password and query stay out.</summary>
    public static string Plain(string value)
    {
        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return value;
        }

        var start = scheme + 3;
        var end = value.AsSpan(start).IndexOfAny('/', '?', '#') is var found and >= 0 ? start + found : value.Length;
        var at = value.LastIndexOf('@', end - 1, end - start);
        var rest = value[(at >= start ? at + 1 : start)..];
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        return value[..start] + (query >= 0 ? rest[..query] : rest);
    }

    private static void Add(List<string> parts, IMessage? message, int left)
    {
        foreach (var field in message is null || left == 0 ? [] : message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsRepeated || (field.HasPresence && !field.Accessor.HasValue(message)))
            {
                continue;
            }

            var value = field.Accessor.GetValue(message);
            switch (field.FieldType)
            {
                case FieldType.Message when Inside.Contains(field.Name):
                    Add(parts, (IMessage?)value, left - 1);
                    break;
                case FieldType.String when Named.Contains(field.Name) && (string)value is { Length: > 0 } text:
                    parts.Add($"{field.Name}={Plain(text)}");
                    break;
                case FieldType.Bool when Flags.Contains(field.Name) && (bool)value:
                    parts.Add(field.Name);
                    break;
                case FieldType.UInt32 when Flags.Contains(field.Name):
                    parts.Add($"{field.Name}={((uint)value).ToString(CultureInfo.InvariantCulture)}");
                    break;
            }
        }
    }
}
