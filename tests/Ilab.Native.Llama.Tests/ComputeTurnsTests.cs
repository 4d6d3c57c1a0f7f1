using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Tests;

/// <summary>The only test that joins: what is locked belongs to the process.</summary>
[Collection(nameof(Alone))]
public sealed partial class ComputeTurnsTests
{
    private const int ReadWrite = 2,
        Exclusive = 2,
        NonBlocking = 4,
        Release = 8;

    /// <summary>Another opening of the same files is like another process.</summary>
    [Fact]
    public void AStepHasAPlaceForEachThreadAndTheDoorIsOpen()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-turns-").FullName;
        ComputeTurns.Join(folder);
        int[] places = [.. Directory.GetFiles(folder, "place.*").Order(StringComparer.Ordinal).Select(static path => open(path, ReadWrite))];
        var door = open(Path.Combine(folder, "door"), ReadWrite);
        Assert.Equal(Math.Min(16, Environment.ProcessorCount), places.Length);

        for (var threads = 1; threads <= Environment.ProcessorCount; threads++)
        {
            using (ComputeTurns.Take(threads))
            {
                Assert.Equal(Math.Min(threads, places.Length), places.Count(static place => !IsFree(place)));
                Assert.True(IsFree(door));
            }

            Assert.All(places, static place => Assert.True(IsFree(place)));
        }

        using (ComputeTurns.Take(4096))
        {
            Assert.All(places, static place => Assert.False(IsFree(place)));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static bool IsFree(int file) => flock(file, Exclusive | NonBlocking) == 0 && flock(file, Release) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int flock(int file, int operation);
}
