using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data mix`.</summary>
internal static class DataMixCommand
{
    private const string Help = """
        Mix datasets to one

        Each part is a dataset or a JSONL file, with =RATIO (a number with a point, such as =0.5 or =2.0) or =COUNT (a whole number), and before that /FILE for another file of the dataset.
        What is more than there is, or a share of it, is drawn with replacement unless --without-replacement. Parts, seed and order decide about every byte.

        Examples:
          ilab data mix birds notes=0.5 old=1000 --name lesson
          ilab data mix ./mine.jsonl=1.0 birds=0.5 --name lesson
          ilab data mix --recipe birds/skills_recipe.yaml --precomputed general --name lesson
          ilab data mix birds/leaves/knowledge_birds_p07.jsonl --golden 0.4 --name raft
        """;

    public static Command Create(Session session)
    {
        var parts = new Argument<string[]>("PART") { Description = "DATASET[/FILE] or a JSONL file, [=RATIO|=COUNT]", Arity = ArgumentArity.ZeroOrMore };
        var name = new Option<string>("--name") { Description = "Of the dataset that comes out of it", HelpName = "NAME", Required = true };
        var recipe = new Option<string?>("--recipe") { Description = "YAML file with datasets (path, sampling_size) and metadata.sys_prompt; or DATASET/FILE for one that a generation made", HelpName = "FILE" };
        var seed = new Option<ulong>("--seed") { Description = "Of order and drawing", DefaultValueFactory = static _ => 42, HelpName = "N" };
        var system = new Option<string?>("--system-prompt") { Description = "System message of every record, in place of the one there is", HelpName = "TEXT" };
        var once = new Option<bool>("--without-replacement") { Description = "Take no record twice" };
        var keep = new Option<bool>("--keep-order") { Description = "One part after the other, instead of shuffled" };
        var precomputed = new Option<string[]>("--precomputed") { Description = "PART that was there before, such as a general set: parts of recipes that say minimum_share are at least that share of it; may be repeated", HelpName = "PART" };
        var golden = new Option<double?>("--golden") { Description = "Put documents before the questions of knowledge: how often the right one is among them, 0 to 1", HelpName = "SHARE" };
        var documents = new Option<uint>("--documents") { Description = "With --golden: documents in each record (4)", HelpName = "N" };
        var replace = new Option<bool>("--replace") { Description = "Take the name over when another dataset has it" };
        var label = new Option<string[]>("--label") { Description = "KEY=VALUE; may be repeated", HelpName = "LABEL" };
        var command = new Command("mix", Help) { parts, name, recipe, seed, system, once, keep, precomputed, golden, documents, replace, label };
        command.SetAction(async (line, cancellationToken) =>
        {
            var request = new MixDatasetsRequest { Name = line.GetRequiredValue(name), Replace = line.GetValue(replace), Seed = line.GetValue(seed), SystemPrompt = line.GetValue(system) ?? "", KeepOrder = line.GetValue(keep) };
            request.Labels.Add(ModelData.ParseLabels(line.GetValue(label)));
            foreach (var (part, isPrecomputed) in (line.GetValue(parts) ?? []).Select(static part => (part, false)).Concat((line.GetValue(precomputed) ?? []).Select(static part => (part, true))))
            {
                var parsed = Parse(part);
                parsed.Precomputed = isPrecomputed;
                parsed.WithoutReplacement = line.GetValue(once);
                parsed.Context = line.GetValue(golden) is { } share ? new MixContext { Golden = share, Documents = line.GetValue(documents) } : null;
                request.Parts.Add(parsed);
            }

            await AddRecipeAsync(request, line.GetValue(recipe), cancellationToken);
            var client = await session.ClientAsync(cancellationToken);
            try
            {
                var dataset = (await client.Data.MixAsync(request, cancellationToken: cancellationToken)).Dataset;
                await session.SayAsync($"{dataset.Samples} samples");
                await session.Out.WriteLineAsync(dataset.Name);
                return 0;
            }
            catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired)
            {
                throw new IlabException(ErrorKind.PermissionDenied, exception.Message, "take the file into the store with 'ilab data import', and mix the dataset", exception);
            }
        });
        return command;
    }

    private static async Task AddRecipeAsync(MixDatasetsRequest request, string? recipe, CancellationToken cancellationToken)
    {
        if (recipe is null)
        {
            return;
        }

        if (File.Exists(recipe))
        {
            request.Recipe = ByteString.CopyFrom(await File.ReadAllBytesAsync(recipe, cancellationToken));
            request.RecipeDirectory = Path.GetDirectoryName(Path.GetFullPath(recipe))!;
        }
        else if (recipe.LastIndexOf('/') is > 0 and var slash)
        {
            (request.RecipeDataset, request.RecipeFile) = (recipe[..slash], recipe[(slash + 1)..]);
        }
        else
        {
            throw new IlabException(ErrorKind.NotFound, $"{recipe}: no such file", "name a file, or DATASET/FILE");
        }
    }

    /// <summary>A file that is there; or a dataset, whose files are in folders of their own or end with .jsonl: what comes before is its name.</summary>
    private static MixPart Parse(string text)
    {
        var equals = text.LastIndexOf('=');
        var part = new MixPart { Reference = equals > 0 ? text[..equals] : text };
        if (File.Exists(part.Reference))
        {
            (part.Reference, part.Path) = ("", Path.GetFullPath(part.Reference));
        }
        else if (part.Reference.EndsWith(".jsonl", StringComparison.Ordinal) && part.Reference.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
        {
            var at = part.Reference.IndexOf("/leaves/", StringComparison.Ordinal) is > 0 and var leaves ? leaves : part.Reference.LastIndexOf('/') is var last && last >= slash ? last : slash;
            (part.Reference, part.File) = (part.Reference[..at], part.Reference[(at + 1)..]);
        }

        var size = equals > 0 ? text[(equals + 1)..] : null;
        if (size is not null && ulong.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            part.Count = count;
        }
        else if (size is not null)
        {
            part.Ratio = double.TryParse(size, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio > 0 ? ratio : throw new IlabException(ErrorKind.InvalidArgument, $"\"{text}\": \"{size}\" is neither a ratio nor a count", "write 0.5 for half of it, or 100 for a hundred records");
        }

        return part;
    }
}
