using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Data.Datasets;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Output;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Mixing;

/// <summary>Mixes datasets into a new one. The same parts and seed give identical bytes; records are streamed, with one number per record in memory.</summary>
public sealed class DatasetMixer(DatasetCatalog catalog, DatasetImporter importer, ICallerFiles files, EventBus events)
{
    /// <summary>Twelve bytes of memory each.</summary>
    private const int MostRecords = 20_000_000;

    /// <exception cref="EngineException">NOT_FOUND, ALREADY_EXISTS, INVALID_ARGUMENT, UPLOAD_REQUIRED, DISK_FULL.</exception>
    public async Task<DatasetRecord> MixAsync(MixRequest request, CancellationToken cancellationToken)
    {
        if (request.Parts.Count == 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "nothing to mix", "specify datasets or a recipe");
        }

        await catalog.RequireFreeAsync(request.Caller, request.Name, request.Replace, cancellationToken).ConfigureAwait(false);
        using var held = new LeaseGroup(catalog.Leases, "mixing");
        var contents = new MixContents(catalog, importer, files, request.Caller);
        var sources = new List<MixSource>();
        try
        {
            foreach (var (index, part) in request.Parts.Index())
            {
                sources.Add(new MixSource(part, await contents.FindAsync(part, cancellationToken).ConfigureAwait(false), request.Seed + (ulong)index));
            }

            var writer = await DatasetWriter.OpenAsync(catalog.Content, held, cancellationToken).ConfigureAwait(false);
            await using var open = writer.ConfigureAwait(false);
            Write(writer, sources, request, cancellationToken);
            if (writer.Samples == 0)
            {
                throw new EngineException(ErrorKind.InvalidArgument, "the mix would contain no records", "sample more records from its parts");
            }

            var file = await writer.CommitAsync("train.jsonl", cancellationToken).ConfigureAwait(false);
            var dataset = await catalog
                .RegisterAsync(
                    new NewDataset
                    {
                        Name = request.Name,
                        Files = [file],
                        Statistics = writer.Statistics,
                        Lineage = Lineage(request, sources),
                        Source = "mix",
                        Replace = request.Replace,
                        Caller = request.Caller,
                        Labels = request.Labels,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            events.Publish(
                "dataset",
                "mix",
                dataset.Digest.ToString(),
                dataset.Name,
                ("samples", dataset.Samples.ToString(CultureInfo.InvariantCulture)),
                EngineEvent.OwnedBy(dataset.Uid)
            );
            return dataset;
        }
        finally
        {
            sources.ForEach(static source => source.Dispose());
        }
    }

    private static void Write(DatasetWriter writer, List<MixSource> sources, MixRequest request, CancellationToken cancellationToken)
    {
        var precomputed = sources.Where(static source => source.IsPrecomputed).Sum(static source => source.Wanted);
        RequireRoom(writer, sources, precomputed);
        var order = sources.SelectMany((source, index) => source.Pick(precomputed).Select(line => (Source: index, Line: line))).ToArray();
        if (!request.KeepOrder)
        {
            new StableRandom(request.Seed).Shuffle(order);
        }

        foreach (var (source, line) in order)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = JsonNode.Parse(sources[source].Read(line))!.AsObject();
            Complete(record, request.SystemPrompt);
            writer.Add(SampleRecords.Write(record));
        }
    }

    /// <summary>A small request can ask for any number of records.</summary>
    private static void RequireRoom(DatasetWriter writer, List<MixSource> sources, double precomputed)
    {
        var records = sources.Sum(source => source.Needed(precomputed));
        if (!(records <= MostRecords))
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"the mix would have {records:N0} records, more than {MostRecords:N0}"),
                "sample fewer records from its parts"
            );
        }

        writer.Content.RequireSpace((long)sources.Sum(source => source.Needed(precomputed) * source.RecordSize));
    }

    /// <summary>A record has exactly four properties: all others are moved to the metadata.</summary>
    private static void Complete(JsonObject record, string system)
    {
        var metadata = record["metadata"] switch
        {
            JsonObject own => (JsonObject)own.DeepClone(),
            JsonValue text when text.TryGetValue<string>(out var json) && json.StartsWith('{') => JsonNode.Parse(json)!.AsObject(),
            _ => [],
        };
        foreach (var (name, value) in record.Where(static property => property.Key is not ("messages" or "metadata" or "id" or "unmask")).ToList())
        {
            record.Remove(name);
            metadata[name] = value?.DeepClone();
        }

        record["metadata"] = metadata.ToJsonString(SampleRecords.Writing);
        record["unmask"] ??= false;
        record["id"] ??= new Guid(
            System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(record["messages"]!.ToJsonString())).AsSpan(0, 16)
        ).ToString();
        if (system.Length == 0)
        {
            return;
        }

        var messages = record["messages"]!.AsArray();
        var systems = messages.Where(static message => message!["role"]!.GetValue<string>() == "system").ToList();
        foreach (var message in systems)
        {
            message!["content"] = system;
        }

        if (systems.Count == 0)
        {
            messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = system });
        }
    }

    private static DatasetLineage Lineage(MixRequest request, List<MixSource> sources) =>
        new()
        {
            Kind = "mix",
            Inputs = [.. sources.Select(static source => new LineageInput(source.Name, source.Digest))],
            Seed = request.Seed,
            Parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["parts"] = string.Join(
                    ", ",
                    request.Parts.Select(static part =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{part.File ?? "train.jsonl"} ratio {part.Ratio} count {part.Count}"
                                + $"{(part.WithoutReplacement ? " without replacement" : "")}"
                                + $"{(part.Golden is { } golden ? $" documents {part.Documents} golden {golden}" : "")}"
                                + $"{(part.IsPrecomputed ? " precomputed" : "")}{(part.MinimumShare > 0 ? $" at least {part.MinimumShare} of precomputed" : "")}"
                        )
                    )
                ),
                ["system_prompt"] = request.SystemPrompt,
                ["order"] = request.KeepOrder ? "kept" : "shuffled",
            },
        };
}
