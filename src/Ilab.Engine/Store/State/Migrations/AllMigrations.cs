namespace Ilab.Engine.Store.State.Migrations;

/// <summary>All migrations, in order.</summary>
internal static class AllMigrations
{
    public static IReadOnlyList<IMigration> InOrder { get; } =
    [new M0001Models(), new M0002Jobs(), new M0003Datasets(), new M0004Owners(), new M0005Tokens(), new M0006Files(), new M0007Responses()];
}
