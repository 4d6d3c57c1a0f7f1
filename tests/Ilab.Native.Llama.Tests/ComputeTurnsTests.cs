using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Tests;

/// <summary>The only test that joins: what is locked belongs to the process.</summary>
public sealed partial class ComputeTurnsTests
{
    private const int ReadWrite = 2, Exclusive = 2, NonBlocking = 4, Release = 8;

    /// <summary>Another opening of the same files is like another process.</summary>
    [Fact]
    public void NobodyElseComputesMeanwhileAndTheDoorIsOpen()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-turns-").FullName;
        ComputeTurns.Join(folder, Environment.ProcessorCount);
        int place = open(Path.Combine(folder, "place.0"), ReadWrite), door = open(Path.Combine(folder, "door"), ReadWrite);

        using (ComputeTurns.Take())
        {
            Assert.False(IsFree(place));
            Assert.True(IsFree(door));
        }

        Assert.True(IsFree(place));
        Assert.False(File.Exists(Path.Combine(folder, "place.1")));
        Directory.Delete(folder, recursive: true);
    }

    private static bool IsFree(int file) => flock(file, Exclusive | NonBlocking) == 0 && flock(file, Release) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int flock(int file, int operation);
}
