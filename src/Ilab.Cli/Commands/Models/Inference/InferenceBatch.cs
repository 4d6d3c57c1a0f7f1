using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model inference --input` and `--job`: a batch of requests as a job of the service, and its results.</summary>
internal sealed class InferenceBatch(Session session)
{
    private const int ChunkSize = 1 << 18;
    private const int Negative = 1;

    public async Task<int> RunAsync(ModelInferenceDefinition definition, ParseResult line, CancellationToken cancellationToken)
    {
        var output = line.GetValue(definition.Output);
        var replace = line.GetValue(definition.Replace);
        if (output is not null && !replace && File.Exists(output) && !FileType.IsSpecial(output))
        {
            // Said before the work rather than after it.
            throw new IlabException(ErrorKind.AlreadyExists, $"{output} already exists", "replace it with --replace, or name another file");
        }

        var client = await session.ClientAsync(cancellationToken);
        var job = line.GetValue(definition.Job) ?? await CreateAsync(client, definition, line, cancellationToken);
        if (line.GetValue(definition.Detach))
        {
            await session.Out.WriteLineAsync(job);
            return 0;
        }

        var ended = await new JobFollower(session, client, line.GetValue(definition.Quiet)).FollowAsync(job, printResult: false, cancellationToken);
        if (ended == 130 && await IsRunningAsync(client, job, cancellationToken))
        {
            await session.SayAsync($"Its results: 'ilab model inference --job {job[..Math.Min(12, job.Length)]}'.");
            return ended;
        }

        var failed = await WriteAsync(client, job, output, replace, cancellationToken);
        if (failed > 0)
        {
            await session.SayAsync($"{failed} {(failed == 1 ? "line has an error" : "lines have errors")} instead of an answer.");
        }

        return ended != 0 ? ended
            : failed > 0 ? Negative
            : 0;
    }

    private static async Task<bool> IsRunningAsync(IlabClient client, string job, CancellationToken cancellationToken) =>
        !JobData.IsOver((await client.Jobs.InspectAsync(new InspectJobRequest { Id = job }, cancellationToken: cancellationToken)).Job.State);

    private static async Task<string> CreateAsync(IlabClient client, ModelInferenceDefinition definition, ParseResult line, CancellationToken cancellationToken)
    {
        var settings = new GenerationSettings();
        definition.Settings.Read(line, settings);
        if (settings.Device is not null || settings.GpuLayers is not null)
        {
            throw new IlabException(
                ErrorKind.InvalidArgument,
                "--device and --gpu-layers are not for batches",
                "load the model there with 'ilab model load' first"
            );
        }

        var file = line.GetValue(definition.Input)!;
        await using var input = file == "-" ? StandardStreams.OpenInput() : InputFile.Open(file);
        using var call = client.Inference.CreateBatch(cancellationToken: cancellationToken);
        var options = new BatchOptions
        {
            Model = line.GetValue(definition.ModelName) ?? "",
            Defaults = Defaults(settings),
            Title = file == "-" ? "" : $"inference {Path.GetFileName(file)}",
            RequestId = Guid.NewGuid().ToString("N"),
        };
        try
        {
            await call.RequestStream.WriteAsync(new CreateBatchRequest { Options = options }, cancellationToken);
            for (int read; ; )
            {
                var chunk = new byte[ChunkSize];
                if ((read = await input.ReadAsync(chunk, cancellationToken)) == 0)
                {
                    break;
                }

                var bytes = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, read));
                await call.RequestStream.WriteAsync(new CreateBatchRequest { Chunk = bytes }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (IlabException)
        {
            // The service refused meanwhile; its response says why.
        }

        return (await call.ResponseAsync).JobId;
    }

    /// <summary>The settings as fields of requests.</summary>
    private static string Defaults(GenerationSettings settings)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        if (settings.Temperature is { } temperature)
        {
            json.WriteNumber("temperature", temperature);
        }

        if (settings.Seed is { } seed)
        {
            json.WriteNumber("seed", (long)(seed & long.MaxValue));
        }

        if (settings.MaxTokens is not 0)
        {
            json.WriteNumber("max_tokens", settings.MaxTokens ?? ModelInferenceDefinition.DefaultMaxLength);
        }

        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <returns>Number of lines with an error.</returns>
    private async Task<uint> WriteAsync(IlabClient client, string job, string? output, bool replace, CancellationToken cancellationToken)
    {
        if (output is not null)
        {
            var failed = 0u;
            await OutputFile.WriteAsync(output, replace, async stream => failed = await CopyAsync(client, job, stream, cancellationToken), cancellationToken);
            return failed;
        }

        await session.Out.FlushAsync(cancellationToken);
        await using var standard = StandardStreams.OpenOutput();
        return await CopyAsync(client, job, standard, cancellationToken);
    }

    private static async Task<uint> CopyAsync(IlabClient client, string job, Stream stream, CancellationToken cancellationToken)
    {
        using var call = client.Inference.ReadBatch(new ReadBatchRequest { JobId = job }, cancellationToken: cancellationToken);
        var failed = 0u;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            failed += call.ResponseStream.Current.Failed;
            await stream.WriteAsync(call.ResponseStream.Current.Chunk.Memory, cancellationToken);
        }

        return failed;
    }
}
