using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>A model ready to be loaded. Its files stay until this is disposed.</summary>
public sealed class ResolvedModel(ModelRecord record, IReadOnlyList<string> weightFiles, ModelSummary summary, IDisposable lease) : IDisposable
{
    public Digest Digest => record.Digest;

    /// <summary>The name that was asked for, or one of its names; empty when it has none.</summary>
    public string Name => record.Name;

    public ModelRecord Record => record;

    /// <summary>First part first.</summary>
    public IReadOnlyList<string> WeightFiles { get; } = weightFiles;

    /// <summary>Adapters that belong to it.</summary>
    public IReadOnlyList<string> AdapterFiles { get; init; } = [];

    public ModelSummary Summary { get; } = summary;

    public void Dispose() => lease.Dispose();
}
