using System.Text.Json;
using Ilab.Benchmarks.Measure;
using Ilab.Gguf;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Gpu;

/// <summary>Training on the GPU: tokens per second, and the same losses as the CPU's own path has.</summary>
/// <param name="name"><c>lora</c> or <c>full</c>.</param>
internal sealed class TrainingPiece(string name) : IGpuPiece
{
    private const double LargestDifference = 0.02;

    public string Name => name;

    public async Task RunAsync(GpuMachine machine, Report report, CancellationToken cancellationToken)
    {
        // Both sides train the small model; the large one shows what the GPU can do.
        var small = machine.IsTiny ? new TransformerShape() : TransformerShape.FourteenMillion;
        var there = await TrainAsync(machine, "small", small, machine.Device, steps: 12, cancellationToken);
        var here = await TrainAsync(machine, "small", small, "cpu", steps: 12, cancellationToken);
        report.Add($"small {name} on {machine.Device}", there.TokensPerSecond, "tokens/s");
        report.Add($"small {name} on the CPU", here.TokensPerSecond, "tokens/s");
        Compare("first", there.FirstLoss, here.FirstLoss);
        Compare("last", there.FinalLoss, here.FinalLoss);
        report.Add($"small {name}: loss fell from {there.FirstLoss:0.000} to", there.FinalLoss, "", "below the first", there.FinalLoss < there.FirstLoss);
        if (machine is { IsTiny: false, IsGpu: true })
        {
            var large = await TrainAsync(machine, "110M", TransformerShape.HundredMillion, machine.Device, steps: 30, cancellationToken);
            report.Add($"110M {name} on {machine.Device}", large.TokensPerSecond, "tokens/s");
            report.Add($"110M {name}: peak memory of the process", large.Memory / 1e6, "MB");
        }

        void Compare(string which, double own, double other)
        {
            var difference = Math.Abs((own / other) - 1);
            report.Add($"small {name}: {which} loss, {machine.Device} against the CPU", difference * 100, "%", "<= 2 %", difference <= LargestDifference);
        }
    }

    private async Task<TrainingOutcome> TrainAsync(
        GpuMachine machine,
        string model,
        TransformerShape shape,
        string device,
        int steps,
        CancellationToken cancellationToken
    )
    {
        const int Batch = 4,
            Length = 128;
        var file = Path.Combine(machine.Results, $"train-{model}.gguf");
        if (!File.Exists(file))
        {
            RandomTransformer.Write(file + ".part", shape with { Type = GgmlType.F32 });
            File.Move(file + ".part", file);
        }

        var data = Path.Combine(machine.Results, "data.jsonl");
        await File.WriteAllLinesAsync(data, Records(Batch * 4, Length), cancellationToken);
        return await TrainingProcess.RunAsync(
            machine.Runner,
            machine.Results,
            file,
            accelerator: "off",
            new
            {
                type = name,
                data,
                rank = 8,
                alpha = 16,
                steps,
                batchSize = Batch,
                learningRate = 1e-3,
                schedule = "constant",
                maxLength = Length,
                checkpointInterval = 0,
                precision = "f32",
                device,
            },
            device,
            machine.Threads,
            cancellationToken
        );
    }

    /// <summary>Tokens are bytes: begin, three of the first space, the characters.</summary>
    private static IEnumerable<string> Records(int count, int length)
    {
        var random = new Random(3);
        string Text(int characters) => new([.. Enumerable.Range(0, characters).Select(_ => (char)('a' + random.Next(26)))]);
        return Enumerable.Range(0, count).Select(_ => JsonSerializer.Serialize(new { prompt = Text((length / 2) - 4), completion = Text((length / 2) - 1) }));
    }
}
