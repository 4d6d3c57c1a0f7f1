using Ilab.Engine.Errors;
using Ilab.Posix.Files;
using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Catalog;

public sealed class ModelImporterTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task TheSameFileMakesTheSameModel()
    {
        var file = _store.Model("a model.gguf");
        var first = await _store.ImportAsync(file, "one");
        File.Copy(file, _store.At("other.gguf"));
        var second = await _store.ImportAsync(_store.At("other.gguf"), "two");
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.Digest, _store.Content.Put(_store.Catalog.ReadManifest(first.Digest).ToJson()));
        Assert.Equal(3, _store.Files().Length); // weights, config, manifest
    }

    [Fact]
    public async Task TenImportsAtOnceMakeOneModel()
    {
        var file = _store.Model("m.gguf");
        var models = await Task.WhenAll(Enumerable.Range(0, 10).Select(index => Task.Run(() => _store.ImportAsync(file, $"m{index}"))));
        Assert.Single(models.Select(static model => model.Digest).Distinct());
        Assert.Equal(10, (await _store.Catalog.NamesAsync(models[0].Digest, CancellationToken.None)).Count);
        Assert.Equal(3, _store.Files().Length);
    }

    [Fact]
    public async Task AFileThatOthersMayWriteIsNeverLinkedUnasked()
    {
        var file = _store.Model("m.gguf");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        var model = await _store.ImportAsync(file);
        var blob = _store.Content.BlobPath(_store.Catalog.ReadManifest(model.Digest).Weights.Single());
        Assert.NotEqual(FileSystem.IdentityOf(file).Inode, FileSystem.IdentityOf(blob).Inode);
    }

    [Fact]
    public async Task ThroughASymbolicLinkTheFileIsMeant()
    {
        var file = _store.Model("m.gguf");
        File.CreateSymbolicLink(_store.At("link.gguf"), file);
        var model = await _store.ImportAsync(_store.At("link.gguf"), link: true);
        var blob = _store.Content.BlobPath(_store.Catalog.ReadManifest(model.Digest).Weights.Single());
        Assert.Null(new FileInfo(blob).LinkTarget);
        File.Delete(file);
        using var resolved = await _store.Catalog.ResolveAsync("link", "test", CancellationToken.None);
        Assert.NotEmpty(await File.ReadAllBytesAsync(resolved.WeightFiles[0]));
    }

    [Fact]
    public async Task ALinkedFileThatWasChangedIsNeverLoaded()
    {
        var file = _store.Model("m.gguf");
        var model = await _store.ImportAsync(file, "m", link: true);
        var blob = _store.Catalog.ReadManifest(model.Digest).Weights.Single();
        if (FileSystem.IdentityOf(file).Inode != FileSystem.IdentityOf(_store.Content.BlobPath(blob)).Inode)
        {
            return; // this file system shares extents instead: there is nothing to be changed
        }

        File.SetLastAccessTimeUtc(file, DateTime.UnixEpoch); // touched, not changed
        (await _store.Catalog.ResolveAsync("m", "test", CancellationToken.None)).Dispose();
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write))
        {
            stream.Position = stream.Length - 1;
            stream.WriteByte(0x55);
        }

        var error = await Assert.ThrowsAsync<EngineException>(() => _store.Catalog.ResolveAsync("m", "test", CancellationToken.None));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains("quarantine", error.Message, StringComparison.Ordinal);
        Assert.False(_store.Content.Contains(blob));
    }

    [Fact]
    public async Task WhatIsNoModelLeavesNothingBehind()
    {
        var file = _store.At("bad.gguf");
        await File.WriteAllTextAsync(file, "GGUF but nothing more of it");
        Assert.Equal(ErrorKind.InvalidModel, (await Assert.ThrowsAsync<EngineException>(() => _store.ImportAsync(file))).Kind);
        Assert.Empty(_store.Files());
    }

    [Fact]
    public async Task ATakenNameIsSaidAndLeavesNothingBehind()
    {
        var first = await _store.ImportAsync(_store.Model("a.gguf"), "taken");
        var before = _store.Files();
        var other = _store.Model("b.gguf", seed: 2);
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<EngineException>(() => _store.ImportAsync(other, "taken"))).Kind);
        Assert.Equal(before.Order(), _store.Files().Where(path => !IsSmall(path)).Union(before).Order());
        Assert.NotEqual(first.Digest, (await _store.ImportAsync(other, "taken", replace: true)).Digest);
    }

    [Fact]
    public async Task TheCallersRightsDecideForEveryFile()
    {
        _store.Model("folder/m.gguf");
        await File.WriteAllTextAsync(_store.At("folder/LICENSE"), "a secret of somebody else");
        var model = await _store.ImportAsync(
            _store.At("folder"),
            open: static path =>
                path.EndsWith("LICENSE", StringComparison.Ordinal) ? throw new EngineException(ErrorKind.UploadRequired, "not yours") : File.OpenHandle(path)
        );
        Assert.DoesNotContain(_store.Catalog.ReadManifest(model.Digest).Layers, static layer => layer.MediaType == Engine.Store.Catalog.Manifest.LicenseType);
    }

    private static bool IsSmall(string path) => new FileInfo(path).Length < 4096;
}
