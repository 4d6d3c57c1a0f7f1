namespace Ilab.Engine.Store.State;

/// <summary>
/// Always uses the bundled SQLite. Distributions ship versions before 3.51.3, which may mishandle the reset of a write-ahead log while two connections write.
/// </summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<bool> Loaded = new(static () =>
    {
        SQLitePCL.Batteries_V2.Init();
        return true;
    });

    public static void Initialize() => _ = Loaded.Value;
}
