using System.Runtime.InteropServices;

namespace Ilab.Cli.Files;

/// <summary>Tells regular files from devices and pipes, which must be written in place and never replaced.</summary>
internal static partial class FileType
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint TypeOnly = 1; // STATX_TYPE
    private const int ModeOffset = 28; // stx_mode; struct statx is the same on every architecture
    private const int TypeMask = 0xf000;
    private const int Regular = 0x8000;
    private const int Directory = 0x4000;
    private const int WriteAccess = 2; // W_OK

    /// <summary>True for an existing device, pipe or socket; links are followed.</summary>
    public static bool IsSpecial(string path)
    {
        Span<byte> information = stackalloc byte[256];
        return statx(CurrentDirectory, path, 0, TypeOnly, information) == 0
            && (BitConverter.ToUInt16(information[ModeOffset..]) & TypeMask) is not (Regular or Directory);
    }

    /// <summary>Whether files can be made in a directory, as far as permissions say it.</summary>
    public static bool IsWritable(string folder) => access(folder, WriteAccess) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int directory, string path, int flags, uint mask, Span<byte> information);
}
