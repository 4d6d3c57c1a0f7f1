using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data mix`.</summary>
internal static class DataMixCommand
{
    private const string Help = """
        Mix datasets into a new one

        Each part is DATASET, DATASET/FILE for another file of the dataset, or a JSONL file; =RATIO (with a decimal point, such as =0.5 or =2.0) or =COUNT (a
        whole number) sets how many records are drawn. Records are drawn with replacement unless --without-replacement is given. The same parts in the same
        order and the same seed give the same bytes.

        Examples:
          ilab data mix birds notes=0.5 old=1000 --name lesson
          ilab data mix ./mine.jsonl=1.0 birds=0.5 --name lesson
          ilab data mix --recipe birds/skills_recipe.yaml --precomputed general --name lesson
          ilab data mix birds/leaves/knowledge_birds_p07.jsonl --golden 0.4 --name raft
        """;

    public static Command Create(Session session)
    {
        var parts = new Argument<string[]>("PART")
        {
            Description = "DATASET[/FILE] or JSONL file, with an optional =RATIO or =COUNT",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var name = new Option<string>("--name")
        {
            Description = "Name of the new dataset",
            HelpName = "NAME",
            Required = true,
        };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "YAML recipe with datasets (path, sampling_size) and metadata.sys_prompt, or DATASET/FILE for one made by 'ilab data generate'",
            HelpName = "FILE",
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "Random seed for drawing and order",
            DefaultValueFactory = static _ => 42,
            HelpName = "N",
        };
        var system = new Option<string?>("--system-prompt") { Description = "System message of every record, replacing an existing one", HelpName = "TEXT" };
        var once = new Option<bool>("--without-replacement") { Description = "Draw no record twice" };
        var keep = new Option<bool>("--keep-order") { Description = "Concatenate the parts instead of shuffling" };
        var precomputed = new Option<string[]>("--precomputed")
        {
            Description = "Existing part such as a general instruction set; recipe parts with minimum_share are at least that share of it; may be repeated",
            HelpName = "PART",
        };
        var golden = new Option<double?>("--golden")
        {
            Description = "Add documents to the context of knowledge questions (RAFT): probability that the right one is among them, 0 to 1",
            HelpName = "SHARE",
        };
        var documents = new Option<uint>("--documents") { Description = "With --golden: documents per record [default: 4]", HelpName = "N" };
        var replace = CommonOptions.Replace("dataset");
        var label = CommonOptions.Label();
        var command = new Command("mix", Help) { parts, name, recipe, seed, system, once, keep, precomputed, golden, documents, replace, label };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var request = new MixDatasetsRequest
                {
                    Name = line.GetRequiredValue(name),
                    Replace = line.GetValue(replace),
                    Seed = line.GetValue(seed),
                    SystemPrompt = line.GetValue(system) ?? "",
                    KeepOrder = line.GetValue(keep),
                };
                request.Labels.Add(LabelText.Parse(line.GetValue(label)));
                foreach (
                    var (part, isPrecomputed) in (line.GetValue(parts) ?? [])
                        .Select(static part => (part, false))
                        .Concat((line.GetValue(precomputed) ?? []).Select(static part => (part, true)))
                )
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
                    throw new IlabException(
                        ErrorKind.PermissionDenied,
                        exception.Message,
                        "import the file with 'ilab data import' and mix the dataset",
                        exception
                    );
                }
            }
        );
        return command;
    }

    private static async Task AddRecipeAsync(MixDatasetsRequest request, string? recipe, CancellationToken cancellationToken)
    {
        if (recipe is null)
        {
            return;
        }

        if (File.Exists(recipe) || Directory.Exists(recipe))
        {
            request.Recipe = ByteString.CopyFrom(await InputFile.ReadAsync(recipe, cancellationToken));
            request.RecipeDirectory = Path.GetDirectoryName(Path.GetFullPath(recipe))!;
        }
        else if (recipe.LastIndexOf('/') is > 0 and var slash)
        {
            (request.RecipeDataset, request.RecipeFile) = (recipe[..slash], recipe[(slash + 1)..]);
        }
        else
        {
            throw FileErrors.Of(recipe, FileUse.Read, new FileNotFoundException());
        }
    }

    /// <summary>An existing file, else DATASET or DATASET/FILE, where FILE ends with .jsonl or lies below <c>leaves/</c>.</summary>
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
            var at =
                part.Reference.IndexOf("/leaves/", StringComparison.Ordinal) is > 0 and var leaves ? leaves
                : part.Reference.LastIndexOf('/') is var last && last >= slash ? last
                : slash;
            (part.Reference, part.File) = (part.Reference[..at], part.Reference[(at + 1)..]);
        }

        var size = equals > 0 ? text[(equals + 1)..] : null;
        if (size is not null && ulong.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            part.Count = count;
        }
        else if (size is not null)
        {
            part.Ratio =
                double.TryParse(size, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio > 0
                    ? ratio
                    : throw new IlabException(
                        ErrorKind.InvalidArgument,
                        $"\"{text}\": \"{size}\" is neither a ratio nor a count",
                        "use 0.5 for half of the records, or 100 for a hundred"
                    );
        }

        return part;
    }
}
