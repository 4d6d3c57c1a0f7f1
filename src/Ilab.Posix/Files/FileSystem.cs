using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Posix.Files;

/// <summary>File system features missing from .NET: reflinks, hard links, fsync of directories, file identity.</summary>
public static unsafe partial class FileSystem
{
    public const int RegularFile = 0x8000;

    private const ulong CloneFile = 0x40049409; // FICLONE
    private const int EmptyPath = 0x1000;
    private const int CurrentDirectory = -100;
    private const int FollowLinks = 0x400;
    private const int TypeMask = 0xF000;
    private const uint BasicStats = 0x7ff;
    private const int CloseOnExec = 0x80000;

    // Two flags of open(2) that have different values on Arm.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int ReadOnlyDirectory = CloseOnExec | (IsArm ? 0x4000 : 0x10000);
    private static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    // A file system without fsync, or a parent directory that may only be traversed.
    private const int PermissionDenied = 13,
        InvalidArgument = 22,
        ReadOnlyFileSystem = 30,
        NotSupported = 95;

    // Before applying the umask.
    private const UnixFileMode DefaultDirectory = (UnixFileMode)0x1FF;

    /// <summary>Whether the error means that the disk or the user's quota is full.</summary>
    public static bool IsDiskFull(IOException exception) => (exception.HResult & 0xFFFF) is 28 or 122 or 27;

    /// <summary>Shares the extents of one file with another (reflink), if the file system supports it.</summary>
    public static bool TryClone(SafeFileHandle source, SafeFileHandle target) => ioctl(target, CloneFile, (int)source.DangerousGetHandle()) == 0;

    /// <summary>Creates a hard link to an open file: its path may refer to something else by now, or be a symbolic link.</summary>
    public static bool TryLink(SafeFileHandle existing, string link) =>
        LinkAt(CurrentDirectory, $"/proc/self/fd/{existing.DangerousGetHandle()}", CurrentDirectory, link, FollowLinks) == 0;

    /// <summary>
    /// Puts the bytes of an open file at a path where nothing is, without copying them: shared extents, or else one more name for the file. Only for
    /// files that nobody writes to any more.
    /// </summary>
    /// <returns>False, and nothing is there: the file systems differ, or the kernel protects the file.</returns>
    public static bool TryShare(SafeFileHandle source, string path)
    {
        using (var target = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            if (TryClone(source, target))
            {
                return true;
            }
        }

        File.Delete(path);
        return TryLink(source, path);
    }

    /// <summary>Makes a rename or a new entry of a folder durable.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void SyncDirectory(string path)
    {
        using var directory = Open(path, ReadOnlyDirectory);
        Sync(directory, path);
    }

    /// <summary>Makes the contents of a file durable, possibly written by another process.</summary>
    /// <exception cref="IOException">The disk failed, or the file cannot be opened.</exception>
    public static void SyncFile(string path)
    {
        using var file = Open(path, CloseOnExec);
        Sync(file, path);
    }

    /// <summary>
    /// Creates a directory and its missing parents, and makes its entry durable: otherwise a power loss could lose the directory with everything synced in it.
    /// An existing directory is synced as well: its creator may have died before doing so.
    /// </summary>
    public static void CreateDurableDirectory(string path, UnixFileMode mode = DefaultDirectory)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return;
        }

        if (!Directory.Exists(parent))
        {
            CreateDurableDirectory(parent);
        }

        Directory.CreateDirectory(path, mode);
        SyncDirectory(parent);
    }

    private static void Sync(SafeFileHandle file, string path)
    {
        var failed = file.IsInvalid || fsync(file) != 0;
        if (failed && Marshal.GetLastPInvokeError() is var error and not (InvalidArgument or NotSupported or PermissionDenied or ReadOnlyFileSystem))
        {
            throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
    }

    /// <summary>Opens a directory without following a symbolic link; invalid if it does not exist or may not be read.</summary>
    public static SafeFileHandle OpenDirectory(string path) => Open(path, ReadOnlyDirectory | NoFollow);

    public static FileIdentity IdentityOf(string path)
    {
        using var file = File.OpenHandle(path);
        return IdentityOf(file);
    }

    public static FileIdentity IdentityOf(SafeFileHandle file)
    {
        Statx buffer = default;
        if (statx(file, "", EmptyPath, BasicStats, &buffer) != 0)
        {
            throw new IOException($"statx: error {Marshal.GetLastPInvokeError()}");
        }

        return new FileIdentity(
            ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
            buffer.Inode,
            (long)buffer.Size,
            buffer.ModifiedSeconds * 1_000_000_000 + buffer.ModifiedNanoseconds,
            buffer.ChangedSeconds * 1_000_000_000 + buffer.ChangedNanoseconds,
            buffer.Uid,
            buffer.Links,
            (UnixFileMode)(buffer.Mode & 0xFFF)
        );
    }

    /// <summary>The type bits of the mode, following links; 0 if not accessible.</summary>
    public static int TypeOf(string path)
    {
        Statx buffer = default;
        return statxAt(CurrentDirectory, path, 0, BasicStats, &buffer) == 0 ? buffer.Mode & TypeMask : 0;
    }

    public static uint EffectiveUser() => geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle file, ulong request, int argument);

    [LibraryImport("libc", EntryPoint = "linkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkAt(int existingFolder, string existing, int linkFolder, string link, int flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(SafeFileHandle directory, string path, int flags, uint mask, Statx* buffer);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statxAt(int directory, string path, int flags, uint mask, Statx* buffer);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    /// <summary>The kernel's <c>struct statx</c>: the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint Uid;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

/// <summary>Which file this is and in what state: changes when anybody writes to it. Times are nanoseconds since 1970.</summary>
public readonly record struct FileIdentity(ulong Device, ulong Inode, long Size, long Modified, long Changed, uint Owner, uint Links, UnixFileMode Mode)
{
    /// <summary>Nobody else can write to it.</summary>
    public bool BelongsTo(uint user) => Owner == user && (Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0;
}
