using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Posix.Files;

/// <summary>What .NET does not offer of the file system: reflinks, hard links, fsync of folders, identity of files.</summary>
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

    // Two flags of open(2) that Arm numbers differently.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int ReadOnlyDirectory = CloseOnExec | (IsArm ? 0x4000 : 0x10000);
    private static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    // A file system without fsync, or a parent that may only be passed through.
    private const int PermissionDenied = 13,
        InvalidArgument = 22,
        ReadOnlyFileSystem = 30,
        NotSupported = 95;

    // Less the umask.
    private const UnixFileMode DefaultDirectory = (UnixFileMode)0x1FF;

    /// <summary>Errors of the kernel that mean that the disk, or the caller's share of it, is full.</summary>
    public static bool IsDiskFull(IOException exception) => (exception.HResult & 0xFFFF) is 28 or 122 or 27;

    /// <summary>Shares the bytes of one file with another, copy on write, where the file system can.</summary>
    public static bool TryClone(SafeFileHandle source, SafeFileHandle target) => ioctl(target, CloneFile, (int)source.DangerousGetHandle()) == 0;

    /// <summary>One more name for the very file that is open: its path may lead elsewhere by now, or be a symbolic link.</summary>
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

    /// <summary>Makes the bytes of a file durable that somebody else may have written.</summary>
    /// <exception cref="IOException">The disk failed, or the file cannot be opened.</exception>
    public static void SyncFile(string path)
    {
        using var file = Open(path, CloseOnExec);
        Sync(file, path);
    }

    /// <summary>
    /// Creates a folder and what is missing above it, and makes its entry durable: without that, a power loss takes the folder with all that was synced in it.
    /// A folder that is there is synced as well: its maker may have died before.
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

    /// <summary>A folder itself, never one that a link leads to; invalid when there is none, or it may not be read.</summary>
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

    /// <summary>The type bits of the mode, links followed; 0 when it cannot be seen.</summary>
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
