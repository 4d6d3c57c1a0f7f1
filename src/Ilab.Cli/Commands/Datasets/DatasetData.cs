using Ilab.Api.V1;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>Datasets as <see cref="Data"/>.</summary>
internal static class DatasetData
{
    public static Data Of(Dataset dataset) =>
        new Data()
            .Add("Name", dataset.Name)
            .Add("ID", Human.ShortId(dataset.Digest))
            .Add("Digest", dataset.Digest)
            .Add("Samples", dataset.Samples)
            .Add("Size", dataset.Size)
            .Add("Source", dataset.Source)
            .Add("Created", dataset.Created?.ToDateTimeOffset())
            .Add("Labels", LabelText.Of(dataset.Labels))
            .Add("Uid", dataset.Uid);

    public static Data Of(InspectDatasetResponse response)
    {
        var data = Of(response.Dataset);
        data.Add("Names", response.Names.ToList());
        data.Add(
            "Files",
            response
                .Files.Select(static file =>
                    new Data()
                        .Add("Title", file.Title)
                        .Add("MediaType", file.MediaType)
                        .Add("Digest", file.Digest)
                        .Add("Size", file.Size)
                        .Add("Path", file.Path)
                )
                .ToList()
        );
        data.Add("Statistics", Of(response.Statistics));
        data.Add("Lineage", Of(response.Lineage));
        return data;
    }

    private static Data Of(DatasetStatistics statistics)
    {
        var roles = new Data();
        foreach (var (role, count) in statistics.Roles.OrderBy(static role => role.Key, StringComparer.Ordinal))
        {
            roles.Add(role, count);
        }

        return new Data()
            .Add("Samples", statistics.Samples)
            .Add("Messages", statistics.Messages)
            .Add("Characters", statistics.Characters)
            .Add("Words", statistics.Words)
            .Add("Duplicates", statistics.Duplicates)
            .Add("Roles", roles)
            .Add("UserWords", Histogram(statistics.Bounds, statistics.UserWords))
            .Add("AssistantWords", Histogram(statistics.Bounds, statistics.AssistantWords));
    }

    private static Data Histogram(IReadOnlyList<uint> bounds, IEnumerable<ulong> counts)
    {
        var data = new Data();
        foreach (var (index, count) in counts.Index())
        {
            data.Add(index < bounds.Count ? $"<={bounds[index]}" : $">{bounds[^1]}", count);
        }

        return data;
    }

    private static Data Of(DatasetLineage lineage)
    {
        var parameters = new Data();
        foreach (var (name, value) in lineage.Parameters.OrderBy(static parameter => parameter.Key, StringComparer.Ordinal))
        {
            parameters.Add(name, value);
        }

        return new Data()
            .Add("Kind", lineage.Kind)
            .Add("TaxonomyCommit", lineage.TaxonomyCommit)
            .Add("Inputs", lineage.Inputs.Select(static input => new Data().Add("Name", input.Name).Add("Digest", input.Digest)).ToList())
            .Add("Teacher", lineage.Teacher)
            .Add("TeacherDigest", lineage.TeacherDigest)
            .Add("Pipeline", lineage.Pipeline)
            .Add("PipelineDigest", lineage.PipelineDigest)
            .Add("Seed", lineage.HasSeed ? lineage.Seed : null)
            .Add("Parameters", parameters);
    }
}
