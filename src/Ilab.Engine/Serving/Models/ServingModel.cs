using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Serving.Models;

/// <summary>A model about to be served: its files may not go away before this is disposed.</summary>
public sealed class ServingModel(IDisposable? hold) : IDisposable
{
    private IDisposable? _hold = hold;

    /// <summary>What makes two requests mean the same weights, whatever adapters they use beside them.</summary>
    public required string Key { get; init; }

    /// <summary><c>sha256:...</c>; empty for a file outside the store.</summary>
    public required string Digest { get; init; }

    /// <summary>The name to show.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute paths, first part first.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Absolute paths of adapters that are used beside the weights, by requests for this model.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    public required ModelShape Shape { get; init; }

    /// <summary>Hands the hold on the files over to somebody else; disposing this does nothing any more.</summary>
    public IDisposable HandOver() =>
        new ServingModel(Interlocked.Exchange(ref _hold, null))
        {
            Key = Key,
            Digest = Digest,
            Name = Name,
            Files = Files,
            Adapters = Adapters,
            Shape = Shape,
        };

    public void Dispose() => Interlocked.Exchange(ref _hold, null)?.Dispose();
}
