using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ilab.Runner.Inference.PromptCache;

/// <summary>
/// A file with what a sequence had in its cache: magic, lengths, adapters, tokens and the library's own bytes of keys and values, sealed with a digest. Only
/// what this program wrote whole gets to the library, which trusts such bytes.
/// </summary>
internal static class PromptFile
{
    public const string Extension = ".prompt";

    private const int FixedLength = 8 + (3 * sizeof(int));
    private const int MostTokens = 1 << 24;
    private const int MostAdapters = 1 << 16;

    private static ReadOnlySpan<byte> Magic => "ILABKV01"u8;

    /// <summary>Writes a file under another name, and gives it its own when it is whole.</summary>
    /// <exception cref="IOException">The disk is full, for instance.</exception>
    public static void Write(string path, ReadOnlySpan<int> tokens, string adapters, ReadOnlySpan<byte> state)
    {
        var header = Header(tokens, adapters, state.Length);
        var partial = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            using (var file = new FileStream(partial, CreateOptions()))
            {
                file.Write(header);
                file.Write(state);
                file.Write(Digest(header, state));
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <returns>What a file holds, without its bytes of keys and values; null if it is not one of ours, or not whole.</returns>
    public static PromptEntry? ReadHeader(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> fixedPart = stackalloc byte[FixedLength];
        if (file.ReadAtLeast(fixedPart, FixedLength, throwOnEndOfStream: false) < FixedLength || !fixedPart.StartsWith(Magic))
        {
            return null;
        }

        var (tokens, adapters, state) = (Int(fixedPart, 0), Int(fixedPart, 1), Int(fixedPart, 2));
        if (tokens is <= 0 or > MostTokens || adapters is < 0 or > MostAdapters || state <= 0)
        {
            return null;
        }

        var start = FixedLength + adapters + ((long)tokens * sizeof(int));
        if (file.Length != start + state + SHA256.HashSizeInBytes)
        {
            return null;
        }

        var (key, ids) = (new byte[adapters], new int[tokens]);
        file.ReadExactly(key);
        file.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
        return new PromptEntry(path, ids, Encoding.UTF8.GetString(key), start, state) { LastUsed = File.GetLastWriteTimeUtc(path) };
    }

    /// <returns>The bytes of keys and values; null if the file is not whole.</returns>
    public static byte[]? ReadState(PromptEntry entry)
    {
        using var file = File.OpenRead(entry.Path);
        var (header, state, digest) = (new byte[entry.StateStart], new byte[entry.StateLength], new byte[SHA256.HashSizeInBytes]);
        if (file.Length != entry.Length)
        {
            return null;
        }

        file.ReadExactly(header);
        file.ReadExactly(state);
        file.ReadExactly(digest);
        return Digest(header, state).AsSpan().SequenceEqual(digest) && header.AsSpan().SequenceEqual(Header(entry.Tokens, entry.Adapters, entry.StateLength))
            ? state
            : null;
    }

    private static FileStreamOptions CreateOptions() =>
        new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };

    private static int Int(ReadOnlySpan<byte> header, int index) => BinaryPrimitives.ReadInt32LittleEndian(header[(Magic.Length + (index * sizeof(int)))..]);

    private static byte[] Header(ReadOnlySpan<int> tokens, string adapters, int stateLength)
    {
        var key = Encoding.UTF8.GetBytes(adapters);
        var header = new byte[FixedLength + key.Length + (tokens.Length * sizeof(int))];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Magic.Length), tokens.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Magic.Length + sizeof(int)), key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Magic.Length + (2 * sizeof(int))), stateLength);
        key.CopyTo(header.AsSpan(FixedLength));
        MemoryMarshal.AsBytes(tokens).CopyTo(header.AsSpan(FixedLength + key.Length));
        return header;
    }

    private static byte[] Digest(ReadOnlySpan<byte> header, ReadOnlySpan<byte> state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(state);
        return hash.GetHashAndReset();
    }
}

/// <summary>A prompt on disk.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Tokens">Tokens in order of position.</param>
/// <param name="Adapters">The adapters that they were computed with.</param>
/// <param name="StateStart">Where keys and values begin, in bytes.</param>
/// <param name="StateLength">Their bytes.</param>
internal sealed record PromptEntry(string Path, int[] Tokens, string Adapters, long StateStart, int StateLength)
{
    public DateTime LastUsed { get; set; }

    /// <summary>Bytes of the file.</summary>
    public long Length => StateStart + StateLength + SHA256.HashSizeInBytes;
}
