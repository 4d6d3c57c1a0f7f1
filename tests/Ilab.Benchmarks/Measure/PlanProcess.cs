using System.Diagnostics;
using System.Text.Json;

namespace Ilab.Benchmarks.Measure;

/// <summary>What a runner says that others would take, without taking it: <c>ilab-runner plan</c>.</summary>
internal static class PlanProcess
{
    private static readonly string[] Parts = ["process", "weights", "packed", "adapters", "gradients", "optimizer", "activations", "scratch"];

    /// <param name="program">The runner.</param>
    /// <param name="training">What the spec says of the training, as JSON.</param>
    /// <returns>Bytes of the whole process.</returns>
    public static async Task<double> OfTrainingAsync(
        string program,
        string folder,
        string model,
        string accelerator,
        object training,
        CancellationToken cancellationToken
    )
    {
        var spec = new
        {
            protocol = 1,
            kind = "train",
            id = "plan",
            model = new { files = new[] { model } },
            threads = Environment.ProcessorCount,
            accelerator = new { mode = accelerator, records = folder },
            training,
        };
        var start = new ProcessStartInfo(program, ["plan"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(spec));
        process.StandardInput.Close();
        var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} plan: {await errors}");
        }

        using var json = JsonDocument.Parse(answer);
        var error = json.RootElement.TryGetProperty("error", out var text) ? text.GetString() : "";
        Console.Error.WriteLine("  " + string.Join(", ", Parts.Select(part => $"{part} {json.RootElement.GetProperty(part).GetInt64() / 1_000_000}")));
        return string.IsNullOrEmpty(error)
            ? Parts.Sum(part => (double)json.RootElement.GetProperty(part).GetInt64())
            : throw new InvalidOperationException($"{program} plan: {error}");
    }
}
