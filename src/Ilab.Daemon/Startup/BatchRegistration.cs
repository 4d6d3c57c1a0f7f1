using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services.Inference;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Responses;
using Ilab.Engine.Store.UserFiles;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Batches;

namespace Ilab.Daemon.Startup;

/// <summary>Registers uploaded files, the batches of requests in them, and stored answers.</summary>
internal static class BatchRegistration
{
    public static IServiceCollection AddBatches(this IServiceCollection services)
    {
        // Before the first garbage collection, which consults the registered owners.
        services
            .AddSingleton(static provider => UserFileStore.OwnerAt(provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(BatchHandler.Owner)
            .AddSingleton(ResponseStore.Owner);
        services.AddHostedService<FileExpiry>();
        services.AddSingleton<ResponseStore>().AddSingleton<UserFileStore>().AddSingleton<BatchBook>().AddSingleton<BatchHandler>().AddSingleton<BatchParts>();
        return services.AddSingleton<IBatchLines, BatchLines>().AddSingleton<IJobHandler>(static provider => provider.GetRequiredService<BatchHandler>());
    }
}
