using Ilab.Engine.Datasets;

namespace Ilab.Daemon.Hosting;

/// <summary>Datasets and what makes them.</summary>
internal static class DataRegistration
{
    public static IServiceCollection AddData(this IServiceCollection services) => services.AddSingleton<DatasetCatalog>().AddSingleton<DatasetImporter>();
}
