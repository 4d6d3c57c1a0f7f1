using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ilab.Engine.State;

/// <summary>Prefers the distribution's SQLite, which gets its security updates, to the older one that the package brings.</summary>
internal static class SqliteLibrary
{
    private static int _initialized;

    /// <summary>Which library serves, once initialized.</summary>
    public static string Origin { get; private set; } = "bundled";

    public static void Initialize()
    {
        if (Interlocked.Exchange(ref _initialized, 1) != 0)
        {
            return;
        }

        NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, Resolve);
        SQLitePCL.Batteries_V2.Init();
        RuntimeHelpers.RunClassConstructor(typeof(SQLitePCL.raw).TypeHandle);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name == "e_sqlite3" && NativeLibrary.TryLoad("libsqlite3.so.0", out var system))
        {
            Origin = "system";
            return system;
        }

        return 0;
    }
}
