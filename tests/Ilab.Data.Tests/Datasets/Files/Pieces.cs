namespace Ilab.Data.Tests.Datasets.Files;

/// <summary>Bytes as they come over a connection.</summary>
internal static class Pieces
{
    public static IAsyncEnumerable<ReadOnlyMemory<byte>> Of(byte[] bytes, int size) =>
        bytes.Chunk(size).Select(static piece => (ReadOnlyMemory<byte>)piece).ToAsyncEnumerable();
}
