using Ilab.Daemon.Services.Datasets;
using Ilab.Data.Datasets;
using Ilab.Data.Mixing;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Jobs;

namespace Ilab.Daemon.Startup;

/// <summary>Registers datasets and the services that create them.</summary>
internal static class DataRegistration
{
    public static IServiceCollection AddData(this IServiceCollection services)
    {
        services.AddSingleton(DatasetCatalog.Owner); // before the first garbage collection, which consults the registered owners
        services.AddSingleton<DatasetCatalog>().AddSingleton<DatasetImporter>().AddSingleton<DatasetMixer>().AddSingleton<DataParts>();
        return services.AddSingleton<TeacherFactory>().AddSingleton<IJobHandler, SynthesisHandler>();
    }
}
