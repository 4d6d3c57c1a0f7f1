using Ilab.Native.Llama.Loading;
using Ilab.Testing;

namespace Ilab.Native.OneDnn.Tests.Fixtures;

/// <summary>The native libraries and the accelerator of this process, with the machine's cores to itself.</summary>
public sealed class Native : IDisposable
{
    private readonly GgmlLock _compute = new();

    public Native()
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        Accelerator = Accelerator.TryStart(new AcceleratorOptions { Threads = 2 }, out var reason);
        Reason = reason;
    }

    public Accelerator? Accelerator { get; }

    /// <summary>Why there is none.</summary>
    public string Reason { get; }

    /// <summary>The accelerator with oneDNN; a test that needs it is skipped, and counted, where there is none.</summary>
    public Accelerator Required
    {
        get
        {
            Skip.If(Accelerator?.Library is null, Reason);
            return Accelerator!;
        }
    }

    public void Dispose() => _compute.Dispose();
}

[CollectionDefinition(Name)]
public sealed class NativeCollection : ICollectionFixture<Native>
{
    public const string Name = "native";
}
