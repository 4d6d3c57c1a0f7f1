using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Serving.Models;

/// <summary>A model about to be served: its files are protected until this is disposed.</summary>
public sealed class ServingModel(IDisposable? hold) : IDisposable
{
    private IDisposable? _hold = hold;

    /// <summary>Identifies the weights: requests with the same key can share a runner, whatever adapters they use.</summary>
    public required string Key { get; init; }

    /// <summary><c>sha256:...</c>; empty for a file outside the store.</summary>
    public required string Digest { get; init; }

    /// <summary>Display name.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute paths, in order.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Absolute paths of the adapters that requests for this model use.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    public required ModelShape Shape { get; init; }

    /// <summary>What its file says and the engine computes otherwise; empty = nothing.</summary>
    public string Warning { get; init; } = "";

    /// <summary>The model that guesses its next tokens, which is disposed with it; null = none.</summary>
    public ServingModel? Draft { get; init; }

    /// <summary>What it answers with unless a request says otherwise; null = the service's defaults.</summary>
    public ModelSettings? Settings { get; init; }

    /// <summary>Transfers the lease on the files to the caller; disposing this has no effect afterwards.</summary>
    public IDisposable HandOver() => With(Draft?.Over());

    /// <summary>The same model with another that guesses its next tokens; this one, and that one, are handed over to it.</summary>
    public ServingModel With(ServingModel? draft) =>
        new(Interlocked.Exchange(ref _hold, null))
        {
            Draft = draft,
            Key = Key,
            Digest = Digest,
            Name = Name,
            Files = Files,
            Adapters = Adapters,
            Shape = Shape,
            Warning = Warning,
            Settings = Settings,
        };

    public void Dispose()
    {
        Interlocked.Exchange(ref _hold, null)?.Dispose();
        Draft?.Dispose();
    }

    private ServingModel Over() => With(draft: null);
}
