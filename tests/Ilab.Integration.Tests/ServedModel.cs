using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A running service with one small model, shared by the tests of a class, and the native compute to itself.</summary>
public sealed class ServedModel : IAsyncLifetime
{
    public const string Name = "tiny";

    private readonly GgmlLock _compute = new();

    public IlabInstallation Ilab { get; } = new();

    public string File => Path.Combine(Ilab.Root, "tiny model.gguf");

    public async Task InitializeAsync()
    {
        RandomLlama.Write(File, new LlamaShape(64, 128, 2, 2, 512, 512), Name);
        await Ilab.StartAsync();
        (await Ilab.RunAsync("model", "import", File, "--name", Name)).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await Ilab.DisposeAsync();
        _compute.Dispose();
    }
}
