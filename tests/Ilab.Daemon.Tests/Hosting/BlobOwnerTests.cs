using Ilab.Daemon.Startup;
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
        var owners = services.Where(static service => service.ServiceType == typeof(IBlobOwner)).Select(static service => service.ImplementationInstance);
        Assert.Contains(DatasetCatalog.Owner, owners);
    }
}
