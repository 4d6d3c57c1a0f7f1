namespace Grpc.Wire;

/// <summary>Base64 of <c>-bin</c> metadata: sent without padding, read with or without.</summary>
internal static class BinaryValue
{
    public static string Encode(byte[] value) => Convert.ToBase64String(value).TrimEnd('=');

    public static bool TryDecode(string text, out byte[] value)
    {
        var padded = (text.Length % 4) switch { 2 => text + "==", 3 => text + "=", _ => text };
        value = new byte[padded.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(padded, value, out var written))
        {
            return false;
        }

        Array.Resize(ref value, written);
        return true;
    }
}
