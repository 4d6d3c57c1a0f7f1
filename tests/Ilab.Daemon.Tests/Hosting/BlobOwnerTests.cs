using Ilab.Daemon.Hosting;
using Ilab.Data.Datasets;
using Ilab.Engine.Store.Catalog;
using Microsoft.Extensions.DependencyInjection;

namespace Ilab.Daemon.Tests.Hosting;

/// <summary>An owner that is not registered loses its blobs to the next prune.</summary>
public sealed class BlobOwnerTests
{
    [Fact]
    public void DatasetsAreRegisteredTogetherWithTheirCatalog()
    {
        var services = new ServiceCollection().AddData();
        Assert.Contains(services, static service => service.ServiceType == typeof(IBlobOwner) && ReferenceEquals(service.ImplementationInstance, DatasetCatalog.Owner));
    }
}
