using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services.Models;
using Ilab.Daemon.Services.Wizard;
using Ilab.Engine.Wizard;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Daemon.Startup;

/// <summary>Registers the wizard.</summary>
internal static class WizardRegistration
{
    public static IServiceCollection AddWizard(this IServiceCollection services) =>
        services
            .AddSingleton<IWizardFacts, ServiceFacts>()
            .AddSingleton<ITrainingAdvice, TrainingAdvice>()
            .AddSingleton<TrainingRequests>()
            .AddSingleton(static provider => new WizardEngine(
                provider.GetRequiredService<IWizardFacts>(),
                provider.GetRequiredService<ITrainingAdvice>(),
                BuildInfo.Version
            ));
}
