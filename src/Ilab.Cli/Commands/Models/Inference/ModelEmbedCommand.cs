using System.CommandLine;
using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model embed`: embeddings of texts.</summary>
internal static class ModelEmbedCommand
{
    private const int TextsOfACall = 256;

    public static Command Create(Session session)
    {
        var name = new Argument<string>("MODEL") { Description = CommonOptions.Reference };
        var texts = new Argument<string[]>("TEXT") { Description = "Texts to embed, one embedding each", Arity = ArgumentArity.ZeroOrMore };
        var input = CommonOptions.Text("--input", "Read texts from this file, one per line; - = standard input", "FILE");
        var pooling = new ChoiceOption("--pooling", "mean", "first", "last", "none")
        {
            Description = "How the embeddings of a text's tokens become one [default: what the model says, else mean]",
        };
        var dimensions = new Option<int>("--dimensions") { Description = "Keep only the first N numbers of each embedding", HelpName = "N" };
        var raw = new Option<bool>("--raw") { Description = "Do not normalize embeddings to length 1" };
        var truncate = new Option<bool>("--truncate") { Description = "Cut texts that are longer than the context instead of refusing them" };
        var format = new ChoiceOption("--format", "lines", "json")
        {
            Description = "One JSON array of numbers per line, or all with their number of tokens as a JSON list",
            Default = "lines",
        };
        var command = new Command(
            "embed",
            "Compute embeddings of texts\n\nAny model can make them; models trained for it make better ones.\n\n"
                + "Examples:\n  ilab model embed nomic-embed \"What is a monad?\"\n  ilab model embed nomic-embed --input questions.txt >vectors.jsonl"
        )
        {
            name,
            texts,
            input,
            pooling,
            dimensions,
            raw,
            truncate,
            format,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(texts) is { Length: > 0 } == result.GetValue(input) is not null)
            {
                result.AddError("either TEXT or --input is required");
            }

            if (result.GetValue(dimensions) < 0)
            {
                result.AddError("--dimensions: expected a positive number");
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var all = line.GetValue(input) is { } file ? await ReadAsync(file, cancellationToken) : line.GetValue(texts) ?? [];
                var request = new EmbedRequest
                {
                    Model = new ModelSelector { Name = line.GetRequiredValue(name) },
                    Pooling = line.GetValue(pooling) switch
                    {
                        "mean" => Pooling.Mean,
                        "first" => Pooling.First,
                        "last" => Pooling.Last,
                        "none" => Pooling.None,
                        _ => Pooling.Unspecified,
                    },
                    Dimensions = (uint)line.GetValue(dimensions),
                    Raw = line.GetValue(raw),
                    Truncate = line.GetValue(truncate),
                };
                var client = await session.ClientAsync(cancellationToken);
                await WriteAsync(session, client, request, all, line.GetValue(format) == "json", cancellationToken);
                return 0;
            }
        );
        return command;
    }

    /// <summary>Embeddings are written as they come, a part of the texts at a time.</summary>
    private static async Task WriteAsync(
        Session session,
        IlabClient client,
        EmbedRequest request,
        string[] texts,
        bool isJson,
        CancellationToken cancellationToken
    )
    {
        var separator = isJson ? "[\n" : "";
        foreach (var part in texts.Chunk(TextsOfACall))
        {
            request.Inputs.Clear();
            request.Inputs.AddRange(part.Select(static text => new EmbedInput { Text = text }));
            var response = await client.Inference.EmbedAsync(request, cancellationToken: cancellationToken);
            foreach (var embedding in response.Embeddings)
            {
                var numbers = $"[{string.Join(',', embedding.Values.Select(static value => value.ToString("R", CultureInfo.InvariantCulture)))}]";
                await session.Out.WriteAsync(separator + (isJson ? $"{{\"Tokens\":{embedding.Tokens},\"Embedding\":{numbers}}}" : numbers));
                separator = isJson ? ",\n" : "\n";
            }
        }

        await session.Out.WriteLineAsync(isJson ? "\n]" : "");
    }

    private static async Task<string[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        using var reader = StandardStreams.Reader(file == "-" ? StandardStreams.OpenInput() : InputFile.Open(file));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                lines.Add(line);
            }
        }

        return lines.Count > 0 ? [.. lines] : throw new IlabException(ErrorKind.InvalidArgument, $"{file} has no texts", "write one per line");
    }
}
