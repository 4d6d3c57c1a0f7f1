namespace Ilab.Architecture.Tests.Source;

/// <summary>Folder = feature, and the tests of a feature lie in the folder of the same name.</summary>
public sealed class TestMirrorTests
{
    private static readonly string[] NotMirrors = ["Ilab.Architecture.Tests", "Ilab.Integration.Tests"];

    // Folders of a test project that hold what its tests share, not tests of a feature.
    private static readonly string[] Support = ["Fixtures", "Fakes", "grpc-js", "Golden", "Interop", "Surface"];

    [Fact]
    public void EveryTestProjectTestsAProject()
    {
        var orphans = Repository
            .Projects("tests")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => name.EndsWith(".Tests", StringComparison.Ordinal) && !NotMirrors.Contains(name))
            .Where(name => !Directory.Exists(Path.Combine(Repository.Root, "src", name[..^".Tests".Length])));
        Assert.Empty(orphans);
    }

    [Fact]
    public void EveryFolderOfTestsMirrorsAFolderOfTheProduct()
    {
        var strays =
            from path in Repository.TestSources()
            let parts = Repository.Relative(path).Split('/')
            where parts.Length > 3 && parts[1].EndsWith(".Tests", StringComparison.Ordinal) && !NotMirrors.Contains(parts[1])
            where !Support.Contains(parts[2])
            let folder = Path.Combine(["src", parts[1][..^".Tests".Length], .. parts[2..^1]])
            where !Directory.Exists(Path.Combine(Repository.Root, folder))
            select $"{Repository.Relative(path)}: no folder {folder}";
        Assert.Empty(strays);
    }
}
