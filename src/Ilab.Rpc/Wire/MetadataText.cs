using Grpc.Core;

namespace Grpc.Wire;

/// <summary>Metadata from and to HTTP header texts.</summary>
internal static class MetadataText
{
    /// <summary>Adds one header line; several values of a binary key may be joined by commas.</summary>
    public static void Add(Metadata metadata, string name, string value)
    {
        if (HeaderNames.IsReserved(name))
        {
            return;
        }

        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(name, value);
            return;
        }

        foreach (var part in value.Split(','))
        {
            if (BinaryValue.TryDecode(part.Trim(), out var bytes))
            {
                metadata.Add(name, bytes);
            }
        }
    }

    public static string ValueOf(Metadata.Entry entry) => entry.IsBinary ? BinaryValue.Encode(entry.ValueBytes) : entry.Value;
}
