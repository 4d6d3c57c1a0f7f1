using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>Names and numbers of users and groups, as the system's name service knows them.</summary>
public static unsafe partial class Accounts
{
    private const int BufferSize = 1 << 16;
    private const int UsualGroups = 64;

    /// <summary>The number of a user given by name or number; null if there is no user of that name.</summary>
    public static uint? UserId(string nameOrNumber)
    {
        if (uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var entry = default(User);
        var buffer = stackalloc byte[BufferSize];
        return getpwnam_r(nameOrNumber, &entry, buffer, BufferSize, out var found) == 0 && found != null ? entry.Id : null;
    }

    /// <summary>The number of a group given by name or number; null if there is no group of that name.</summary>
    public static uint? GroupId(string nameOrNumber)
    {
        if (uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var entry = default(Group);
        var buffer = stackalloc byte[BufferSize];
        return getgrnam_r(nameOrNumber, &entry, buffer, BufferSize, out var found) == 0 && found != null ? entry.Id : null;
    }

    /// <summary>The name of a user; null if the number has none.</summary>
    public static string? UserName(uint id)
    {
        var entry = default(User);
        var buffer = stackalloc byte[BufferSize];
        return getpwuid_r(id, &entry, buffer, BufferSize, out var found) == 0 && found != null ? Marshal.PtrToStringUTF8((nint)entry.Name) : null;
    }

    /// <summary>All groups of a user, the first one in front; empty if the number has no name.</summary>
    public static uint[] GroupsOf(uint id)
    {
        var entry = default(User);
        var buffer = stackalloc byte[BufferSize];
        if (getpwuid_r(id, &entry, buffer, BufferSize, out var found) != 0 || found == null)
        {
            return [];
        }

        var count = UsualGroups;
        var groups = new uint[count];
        if (GetGroups(entry, groups, ref count) < 0)
        {
            groups = new uint[count]; // which it has set to what is needed
            GetGroups(entry, groups, ref count);
        }

        return groups[..Math.Min(count, groups.Length)];
    }

    private static int GetGroups(User user, uint[] groups, ref int count)
    {
        fixed (uint* first = groups)
        {
            return getgrouplist(user.Name, user.Group, first, ref count);
        }
    }

    [LibraryImport("libc")]
    private static partial int getgrouplist(byte* name, uint group, uint* groups, ref int count);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getpwnam_r(string name, User* entry, byte* buffer, nuint size, out User* result);

    [LibraryImport("libc")]
    private static partial int getpwuid_r(uint id, User* entry, byte* buffer, nuint size, out User* result);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getgrnam_r(string name, Group* entry, byte* buffer, nuint size, out Group* result);

    /// <summary><c>struct passwd</c> of Linux, the same in all of its C libraries.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct User
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public uint Group;
        public byte* Comment;
        public byte* Home;
        public byte* Shell;
    }

    /// <summary><c>struct group</c> of Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Group
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public byte** Members;
    }
}
