using System.Globalization;
using Ilab.Data.Datasets.Files;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Gguf;

namespace Ilab.Data.Datasets;

/// <summary>Options of an import.</summary>
public sealed record DatasetImport
{
    /// <summary>Name of the file, from which the default name of the dataset is derived.</summary>
    public string FileName { get; init; } = "";

    public string? Name { get; init; }

    public bool Replace { get; init; }

    /// <summary>Skip invalid records instead of rejecting the file.</summary>
    public bool SkipInvalid { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>On whose behalf: the owner of the name.</summary>
    public Caller Caller { get; init; } = Caller.Service;
}

/// <param name="Skipped">Number of skipped lines.</param>
public sealed record ImportedDataset(DatasetRecord Dataset, long Skipped);

/// <summary>Imports files of records into the store, one record at a time.</summary>
public sealed class DatasetImporter(DatasetCatalog catalog, EventBus events)
{
    private const int MostProblems = 20,
        LongestProblem = 300; // characters: keys and values of the file are quoted in it

    /// <exception cref="EngineException">INVALID_ARGUMENT, listing the first twenty invalid lines.</exception>
    public async Task<ImportedDataset> ImportAsync(DatasetImport import, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken)
    {
        var name = import.Name ?? ModelName.Derive(Path.GetFileNameWithoutExtension(import.FileName));
        await catalog.RequireFreeAsync(import.Caller, name, replace: true, cancellationToken).ConfigureAwait(false);
        using var held = new LeaseGroup(catalog.Leases, "import");
        var (file, statistics, skipped) = await StoreAsync(import.FileName, pieces, StoreOptions.ForImport(import.SkipInvalid), held, cancellationToken)
            .ConfigureAwait(false);
        var dataset = await catalog
            .RegisterAsync(
                new NewDataset
                {
                    Name = name,
                    Files = [file],
                    Statistics = statistics,
                    Lineage = new DatasetLineage { Kind = "import", Inputs = [new LineageInput(import.FileName, file.Digest.ToString())] },
                    Source = $"import:{import.FileName}",
                    Replace = import.Replace,
                    Caller = import.Caller,
                    Labels = import.Labels,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        events.Publish(
            "dataset",
            "import",
            dataset.Digest.ToString(),
            dataset.Name,
            ("samples", dataset.Samples.ToString(CultureInfo.InvariantCulture)),
            EngineEvent.OwnedBy(dataset.Uid)
        );
        return new ImportedDataset(dataset, skipped);
    }

    /// <summary>Stores records as a training reads them, without a name: what an import accepts, a training accepts.</summary>
    /// <param name="held">Takes the lease on the blob.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT, listing the first twenty invalid lines.</exception>
    public async Task<Digest> StoreForTrainingAsync(
        string fileName,
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        LeaseGroup held,
        CancellationToken cancellationToken
    )
    {
        var options = new StoreOptions(KeepsPlain: true, "fix them");
        return (await StoreAsync(fileName, pieces, options, held, cancellationToken).ConfigureAwait(false)).File.Digest;
    }

    /// <summary>Stores records in their stored format, without a name.</summary>
    /// <param name="held">Takes the lease on the blob.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT, listing the first twenty invalid lines.</exception>
    internal async Task<(DatasetFile File, DatasetStatistics Statistics, long Skipped)> StoreAsync(
        string fileName,
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        StoreOptions options,
        LeaseGroup held,
        CancellationToken cancellationToken
    )
    {
        var writer = await DatasetWriter.OpenAsync(catalog.Content, held, cancellationToken).ConfigureAwait(false);
        await using var open = writer.ConfigureAwait(false);
        var reading = new Reading(writer, RecordFile.NounOf(fileName), options.KeepsPlain);
        try
        {
            await foreach (var record in RecordFile.ReadAsync(fileName, pieces, cancellationToken).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                reading.Take(record);
            }
        }
        catch (FormatException exception)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{fileName}: {OneLine.Of(exception.Message, LongestProblem)}",
                RecordFile.HintFor(fileName),
                exception
            );
        }

        if (reading.Bad > 0 && !options.SkipInvalid)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{fileName}: {reading.Describe()}", options.Hint);
        }

        return writer.Samples > 0
            ? (await writer.CommitAsync("train.jsonl", cancellationToken).ConfigureAwait(false), writer.Statistics, reading.Bad)
            : throw new EngineException(ErrorKind.InvalidArgument, $"{fileName} contains no records", RecordFile.HintFor(fileName));
    }

    /// <param name="KeepsPlain">Keep plain text and prompts with a completion as they are.</param>
    /// <param name="Hint">What to do about invalid lines.</param>
    /// <param name="SkipInvalid">Skip them.</param>
    internal sealed record StoreOptions(bool KeepsPlain, string Hint, bool SkipInvalid = false)
    {
        public static StoreOptions ForMixing { get; } = new(KeepsPlain: false, "fix them, or import the file with --skip-invalid");

        public static StoreOptions ForImport(bool skipInvalid) => new(KeepsPlain: false, "fix them, or skip them with --skip-invalid", skipInvalid);
    }

    private sealed class Reading(DatasetWriter writer, string noun, bool keepsPlain)
    {
        private readonly List<string> _problems = [];

        public long Bad { get; private set; }

        public string Describe() => string.Join("; ", _problems) + (Bad > _problems.Count ? $"; {Bad - _problems.Count} more {noun}s" : "");

        public void Take(RawRecord record)
        {
            try
            {
                var (messages, stored) = record.Problem is null ? RecordFormat.Read(record.Json, keepsPlain) : throw new FormatException(record.Problem);
                writer.Add(messages, stored.Span);
            }
            catch (FormatException exception)
            {
                Bad++;
                if (_problems.Count < MostProblems)
                {
                    _problems.Add($"{noun} {record.Number}: {OneLine.Of(exception.Message, LongestProblem)}");
                }
            }
        }
    }
}
