using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>A model ready to be loaded. Its files are leased until this is disposed.</summary>
public sealed class ResolvedModel(ModelRecord record, IReadOnlyList<string> weightFiles, ModelSummary summary, IDisposable lease) : IDisposable
{
    public Digest Digest => record.Digest;

    /// <summary>The requested name, or one of its names; empty if untagged.</summary>
    public string Name => record.Name;

    public ModelRecord Record => record;

    /// <summary>In order.</summary>
    public IReadOnlyList<string> WeightFiles { get; } = weightFiles;

    /// <summary>Adapters of the model.</summary>
    public IReadOnlyList<string> AdapterFiles { get; init; } = [];

    /// <summary>What it answers with unless a request says otherwise; null = the service's defaults.</summary>
    public ModelSettings? Settings { get; init; }

    public ModelSummary Summary { get; } = summary;

    public void Dispose() => lease.Dispose();
}
