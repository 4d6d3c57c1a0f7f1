using Ilab.Api.V1;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>Jobs as <see cref="Data"/>.</summary>
internal static class JobData
{
    public static Data Of(Job job) =>
        new Data()
            .Add("ID", job.Id)
            .Add("Kind", job.Kind)
            .Add("Title", job.Title)
            .Add("Status", StatusOf(job.State))
            .Add("Created", job.Created?.ToDateTimeOffset())
            .Add("Started", job.Started?.ToDateTimeOffset())
            .Add("Ended", job.Ended?.ToDateTimeOffset())
            .Add(
                "Progress",
                job.Progress is { } progress
                    ? new Data()
                        .Add("Item", progress.Item)
                        .Add("Phase", progress.Phase)
                        .Add("Done", progress.Done)
                        .Add("Total", progress.Total)
                        .Add("BytesPerSecond", progress.BytesPerSecond)
                        .Add("Unit", progress.Unit)
                        .Add("Detail", progress.Detail)
                    : null
            )
            .Add("Result", job.Result)
            .Add("Error", job.Error is { } error ? new Data().Add("Kind", error.Kind.ToString()).Add("Message", error.Message).Add("Hint", error.Hint) : null)
            .Add("Attempts", job.Attempts)
            .Add("Uid", job.Uid)
            .Add("Labels", LabelText.Of(job.Labels));

    public static string StatusOf(JobState state) => state.ToString().ToLowerInvariant();

    public static bool IsOver(JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
