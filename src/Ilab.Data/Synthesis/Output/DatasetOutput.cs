using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ilab.Data.Datasets;
using Ilab.Data.Pipelines;
using Ilab.Engine.Access;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Synthesis.Output;

/// <summary>
/// Creates a dataset from generated samples: records for training and testing in two formats, a file per leaf, recipes for mixing, and a report.
/// </summary>
internal sealed class DatasetOutput(DatasetCatalog catalog, SynthesisRequest request, PipelineSet pipelines, SynthesisInputs inputs, Caller caller)
{
    private const double Golden = 0.4;
    private const int DocumentsInContext = 4;
    private const int SkillSamples = 30;
    private const double ShareOfPrecomputed = 0.03;

    private readonly List<DatasetFile> _files = [];

    public async Task<DatasetRecord> StoreAsync(IReadOnlyList<LeafResult> results, string name, bool replace, CancellationToken cancellationToken)
    {
        using var held = new LeaseGroup(catalog.Leases, "a generation");
        var samples = results.SelectMany(static result => result.Samples).ToList();
        var statistics = await AddAsync("train.jsonl", samples.Select(sample => SampleRecords.Messages(sample, request.SystemPrompt)), held, cancellationToken)
            .ConfigureAwait(false);
        var tests = results.SelectMany(static result => result.Leaf.Tests.Select(test => (test.Question, test.Answer, result.Leaf.Path))).ToList();
        await AddAsync(
                "test.jsonl",
                tests.Select(test => SampleRecords.Test(test.Question, test.Answer, test.Path, request.SystemPrompt)),
                held,
                cancellationToken
            )
            .ConfigureAwait(false);
        AddLines("train_legacy.jsonl", samples.Select(sample => SampleRecords.Legacy(sample.Question, sample.Answer, request.SystemPrompt)), held);
        AddLines("test_legacy.jsonl", tests.Select(test => SampleRecords.Legacy(test.Question, test.Answer, request.SystemPrompt)), held);
        var (skills, knowledge) = (new List<(string Path, string Size)>(), new List<(string Path, string Size)>());
        foreach (var result in results.Where(static result => result.Samples.Count > 0))
        {
            await AddLeafAsync(result, skills, knowledge, held, cancellationToken).ConfigureAwait(false);
        }

        AddRecipe("skills_recipe.yaml", skills, held);
        AddRecipe("knowledge_recipe.yaml", knowledge, held);
        var report = new Report(request, results, statistics);
        AddText("report.json", DatasetManifest.JsonType, report.Json(), held);
        AddText("report.html", DatasetManifest.HtmlType, report.Html(), held);
        return await catalog
            .RegisterAsync(
                new NewDataset
                {
                    Name = name,
                    Files = _files,
                    Statistics = statistics,
                    Lineage = Lineage(),
                    Source = "generate",
                    Replace = replace,
                    Caller = caller,
                    Labels = request.Labels,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async Task AddLeafAsync(
        LeafResult result,
        List<(string, string)> skills,
        List<(string, string)> knowledge,
        LeaseGroup held,
        CancellationToken cancellationToken
    )
    {
        var name = $"leaves/{result.Leaf.FileName}";
        if (!result.Leaf.IsKnowledge)
        {
            await AddAsync($"{name}.jsonl", result.Samples.Select(sample => SampleRecords.Messages(sample, request.SystemPrompt)), held, cancellationToken)
                .ConfigureAwait(false);
            skills.Add(($"{name}.jsonl", SkillSamples.ToString(CultureInfo.InvariantCulture)));
            return;
        }

        var auxiliary = Auxiliary(result).ToList();
        var documents = result.Samples.Select(static sample => sample.Document).Distinct(StringComparer.Ordinal).ToList();
        var context = new RaftContext(documents.Count, index => documents[index], Golden, DocumentsInContext, request.Seed ^ StableRandom.Of(result.Leaf.Path));
        var withDocument = result.Samples.Select(sample => SampleRecords.WithDocument(sample, request.SystemPrompt)).ToList();
        await AddAsync($"{name}_p07.jsonl", withDocument.Concat(auxiliary), held, cancellationToken).ConfigureAwait(false);
        await AddAsync(
                $"{name}_p10.jsonl",
                result.Samples.Select(sample => context.Add(SampleRecords.ForContext(sample, request.SystemPrompt))).Concat(withDocument).Concat(auxiliary),
                held,
                cancellationToken
            )
            .ConfigureAwait(false);
        knowledge.Add(($"{name}_p07.jsonl", "1.0"));
        skills.Add(($"{name}_p10.jsonl", $"1.0\n    minimum_share: {ShareOfPrecomputed.ToString(CultureInfo.InvariantCulture)}"));
    }

    /// <summary>Each rewritten document once, with an instruction for its kind.</summary>
    private IEnumerable<string> Auxiliary(LeafResult result)
    {
        var instructions = pipelines.For(result.Leaf.Kind).AuxiliaryInstructions;
        var random = new StableRandom(request.Seed);
        foreach (var sample in result.Samples.DistinctBy(static sample => (sample.Row.Text("raw_document", ""), sample.Document)))
        {
            if (
                sample.Row.Text("dataset_type") is { } kind
                && sample.Row.Text("raw_document") is { } raw
                && instructions.TryGetValue(kind, out var some)
                && some.Count > 0
            )
            {
                yield return SampleRecords.Auxiliary(
                    raw,
                    some[random.Below(some.Count)],
                    sample.Document,
                    kind,
                    sample.Row.Text("domain", ""),
                    request.SystemPrompt
                );
            }
        }
    }

    private async Task<DatasetStatistics> AddAsync(string title, IEnumerable<string> lines, LeaseGroup held, CancellationToken cancellationToken)
    {
        var writer = await DatasetWriter.OpenAsync(catalog.Content, held, cancellationToken).ConfigureAwait(false);
        await using var open = writer.ConfigureAwait(false);
        foreach (var line in lines)
        {
            writer.Add(line);
        }

        _files.Add(await writer.CommitAsync(title, cancellationToken).ConfigureAwait(false));
        return writer.Statistics;
    }

    private void AddLines(string title, IEnumerable<string> lines, LeaseGroup held) =>
        AddText(title, DatasetManifest.JsonLinesType, string.Concat(lines.Select(static line => line + "\n")), held);

    private void AddRecipe(string title, List<(string Path, string Size)> parts, LeaseGroup held)
    {
        if (parts.Count > 0)
        {
            var datasets = string.Concat(
                parts.Select(static part => $"  - path: {JsonSerializer.Serialize(part.Path, DatasetsJson.Default.String)}\n    sampling_size: {part.Size}\n")
            );
            AddText(
                title,
                DatasetManifest.YamlType,
                $"datasets:\n{datasets}metadata:\n  sys_prompt: {JsonSerializer.Serialize(request.SystemPrompt, DatasetsJson.Default.String)}\n",
                held
            );
        }
    }

    private void AddText(string title, string mediaType, string text, LeaseGroup held)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        held.Add(Digest.Of(SHA256.HashData(bytes)));
        _files.Add(new DatasetFile(title, mediaType, catalog.Content.Put(bytes), bytes.Length));
    }

    private DatasetLineage Lineage() =>
        new()
        {
            Kind = "generate",
            TaxonomyCommit = request.TaxonomyCommit,
            Inputs =
            [
                .. inputs
                    .Files.Where(static file => file.Kind != InputKind.Pipeline)
                    .OrderBy(static file => file.Path, StringComparer.Ordinal)
                    .Select(static file => new LineageInput(file.Path, Digest.Of(SHA256.HashData(file.Content)).ToString())),
            ],
            Teacher = request.Teacher.Url.Length > 0 ? $"{request.Teacher.Url} {request.Teacher.Name}" : request.Teacher.Name,
            TeacherDigest = request.Teacher.Digest,
            Pipeline = pipelines.Name,
            PipelineDigest = pipelines.Digest,
            Seed = request.Seed,
            Parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["samples"] = request.Samples.ToString(CultureInfo.InvariantCulture),
                ["scale"] = request.Scale.ToString(CultureInfo.InvariantCulture),
                ["batch"] = request.Batch.ToString(CultureInfo.InvariantCulture),
                ["chunk_tokens"] = request.ChunkTokens.ToString(CultureInfo.InvariantCulture),
                ["chunk_overlap"] = request.ChunkOverlap.ToString(CultureInfo.InvariantCulture),
                ["similarity"] = request.Similarity.ToString(CultureInfo.InvariantCulture),
                ["system_prompt"] = request.SystemPrompt,
            },
        };
}
