using Ilab.Native.OneDnn.Backend;

namespace Ilab.Native.OneDnn.Training;

/// <summary>The plans of the products of one graph: lives as long as the graph.</summary>
public sealed unsafe class ProductPlans : IDisposable
{
    private readonly Arena _arena = new();
    private readonly List<nint> _products = [];

    /// <summary>Products that were taken over.</summary>
    public int Count => _products.Count;

    /// <summary>The status of oneDNN when a product failed; 0 = none did.</summary>
    public int Failed => _products.Select(static product => ((GraphProduct*)product)->Failed).FirstOrDefault(static status => status != 0);

    public void Dispose() => _arena.Dispose();

    internal T* Take<T>(int count)
        where T : unmanaged => _arena.Take<T>(count);

    internal void Note(GraphProduct* product) => _products.Add((nint)product);
}
