using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>The open files of this process.</summary>
public static partial class Descriptors
{
    private const int FirstOther = 3,
        SetFlags = 2,
        CloseOnExec = 1;

    /// <summary>
    /// Marks all descriptors but standard input, output and error close-on-exec. The runtime's own are; those that the caller of this process left open are
    /// not, and a child that lives on would keep their locks, pipes and deleted files.
    /// </summary>
    public static void KeepFromChildren()
    {
        foreach (var path in Directory.EnumerateFileSystemEntries("/proc/self/fd").ToArray())
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor >= FirstOther)
            {
                _ = Control(descriptor, SetFlags, CloseOnExec); // fails for one that was closed meanwhile, as that of the enumeration is
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, nint argument);
}
