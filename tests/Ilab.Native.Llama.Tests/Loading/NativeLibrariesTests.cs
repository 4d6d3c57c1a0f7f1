using Ilab.Native.Llama.Loading;

namespace Ilab.Native.Llama.Tests.Loading;

/// <summary>What somebody reads whose libraries are not right.</summary>
public sealed class NativeLibrariesTests
{
    [Fact]
    public void AMissingFolderIsNamed()
    {
        var error = Assert.Throws<LlamaException>(static () => NativeLibraries.OpenFiles("/no/such/folder"));
        Assert.Contains("/no/such/folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyFolderSaysWhatItLacks()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-native-");
        var error = Assert.Throws<LlamaException>(() => NativeLibraries.OpenFiles(folder.FullName));
        Assert.Contains("libggml-base.so", error.Message, StringComparison.Ordinal);
        folder.Delete();
    }

    [Fact]
    public void AFileThatIsNoLibraryIsNamed()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-native-");
        File.WriteAllText(Path.Combine(folder.FullName, "libggml-base.so"), "no");
        var error = Assert.Throws<LlamaException>(() => NativeLibraries.OpenFiles(folder.FullName));
        Assert.Contains("libggml-base.so cannot be loaded", error.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("0.5.0", true)]
    [InlineData("0.5.0-dev", true)]
    [InlineData("0.5.1", false)]
    [InlineData("0.50.0", false)]
    public void OnlyThePinnedVersionIsTaken(string version, bool taken) => Assert.Equal(taken, NativeLibraries.IsPinned(version));
}
