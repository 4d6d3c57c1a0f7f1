using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilab.Testing;

/// <summary>A user by numbers alone: nothing of it has to be in the system's files. Only root can become one.</summary>
/// <param name="Id">User id.</param>
/// <param name="Group">First group.</param>
/// <param name="Groups">Further groups.</param>
public sealed partial record TestUser(uint Id, uint Group, params uint[] Groups)
{
    public const string NeedsRoot = "needs root and setpriv to be another user";

    private const string Setpriv = "/usr/bin/setpriv";

    /// <summary>A user for whom file permissions count: another one where root runs the tests, otherwise null, which means whoever runs them.</summary>
    public static TestUser? Ordinary => CanBecomeAnother ? new TestUser(20001, 20001) : null;

    public static bool CanBecomeAnother => Effective == 0 && File.Exists(Setpriv);

    /// <summary>Root passes all tests of permissions, so such tests are skipped where it cannot become somebody else.</summary>
    public static bool IsOrdinaryOrCanBecome => Effective != 0 || CanBecomeAnother;

    /// <summary>The user id of this process.</summary>
    public static uint Effective => geteuid();

    /// <summary>A program as a user: with their groups alone, a home of nobody's, and without the folders of this process's user.</summary>
    /// <param name="user">Null = as this process.</param>
    public static ProcessStartInfo Start(TestUser? user, string program, IEnumerable<string> arguments)
    {
        if (user is null)
        {
            return new ProcessStartInfo(program, arguments);
        }

        string[] groups = user.Groups.Length > 0 ? ["--groups", string.Join(',', user.Groups.Select(Text))] : ["--clear-groups"];
        var start = new ProcessStartInfo(Setpriv, ["--reuid", Text(user.Id), "--regid", Text(user.Group), .. groups, program, .. arguments]);
        foreach (var name in start.Environment.Keys.Where(IsOfUser).ToArray())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    private static bool IsOfUser(string variable) => variable is "HOME" or "USER" or "LOGNAME" || variable.StartsWith("XDG_", StringComparison.Ordinal);

    /// <summary>Gives a file or a folder, not what is in it, to this user and group.</summary>
    public void Own(string path)
    {
        if (chown(path, Id, Group) != 0)
        {
            throw new IOException($"chown {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int chown(string path, uint owner, uint group);
}
