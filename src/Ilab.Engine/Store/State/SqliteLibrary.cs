namespace Ilab.Engine.Store.State;

/// <summary>
/// The SQLite library: always the bundled one. Distributions ship versions before 3.51.3, which can lose a write-ahead log's reset when two connections write.
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
