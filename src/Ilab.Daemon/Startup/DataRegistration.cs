using Ilab.Daemon.Services.Datasets;
using Ilab.Data.Datasets;
using Ilab.Data.Mixing;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Jobs;

namespace Ilab.Daemon.Startup;

/// <summary>Datasets and what makes them.</summary>
internal static class DataRegistration
{
    public static IServiceCollection AddData(this IServiceCollection services)
    {
        services.AddSingleton(DatasetCatalog.Owner); // before anything is collected: the collector asks those that are registered
        services.AddSingleton<DatasetCatalog>().AddSingleton<DatasetImporter>().AddSingleton<DatasetMixer>().AddSingleton<DataParts>();
        return services.AddSingleton<TeacherFactory>().AddSingleton<IJobHandler, SynthesisHandler>();
    }
}
