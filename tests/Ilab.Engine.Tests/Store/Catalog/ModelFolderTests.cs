using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Catalog;

public sealed class ModelFolderTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task OneModelWithItsLicense()
    {
        _store.Model("llama/m.gguf");
        await File.WriteAllTextAsync(_store.At("llama/LICENSE.txt"), "do what you like");
        var model = await _store.ImportAsync(_store.At("llama"));
        Assert.Equal("m:latest", model.Name);
        var license = _store.Catalog.ReadManifest(model.Digest).Layers.Single(static layer => layer.MediaType == Manifest.LicenseType);
        Assert.Equal("do what you like", await File.ReadAllTextAsync(_store.Content.BlobPath(Engine.Store.Content.Digest.Parse(license.Digest))));
    }

    [Fact]
    public async Task AllPartsOfASplitModelInOrder()
    {
        var parts = Enumerable.Range(1, 3).Select(part => _store.Model($"split/big-{part:00000}-of-00003.gguf", seed: part)).ToArray();
        var model = await _store.ImportAsync(_store.At("split"));
        Assert.Equal("big:latest", model.Name);
        using var resolved = await _store.Catalog.ResolveAsync("big", "test", CancellationToken.None);
        Assert.Equal(parts.Select(File.ReadAllBytes), resolved.WeightFiles.Select(File.ReadAllBytes));
        Assert.Equal(model.Digest, (await _store.ImportAsync(parts[1], "by-part")).Digest);
    }

    [Fact]
    public async Task AMissingPartIsNamed()
    {
        _store.Model("split/big-00001-of-00002.gguf");
        var error = await Assert.ThrowsAsync<EngineException>(() => _store.ImportAsync(_store.At("split")));
        Assert.Equal(ErrorKind.InvalidModel, error.Kind);
        Assert.Contains("big-00002-of-00002.gguf is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralModelsAreListed()
    {
        _store.Model("many/a.gguf");
        _store.Model("many/b.gguf");
        var error = await Assert.ThrowsAsync<EngineException>(() => _store.ImportAsync(_store.At("many")));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("2 models: a.gguf, b.gguf", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderWithoutAModelSaysSo()
    {
        Directory.CreateDirectory(_store.At("none"));
        Assert.Contains(
            "no GGUF file",
            (await Assert.ThrowsAsync<EngineException>(() => _store.ImportAsync(_store.At("none")))).Message,
            StringComparison.Ordinal
        );
    }
}
