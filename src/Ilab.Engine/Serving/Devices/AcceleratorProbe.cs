using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Devices;

/// <summary>
/// Finds out whether the CPU accelerator can be used. Native code lives in runners only, so a short-lived one is asked, once; the answer stays true as long as the
/// service does.
/// </summary>
public sealed class AcceleratorProbe(EngineOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Lock _gate = new();
    private Task<AcceleratorReport>? _asked;
    private volatile AcceleratorReport? _known;

    /// <summary>Whether memory is to be set aside for it: it is not switched off, and nothing is known against it.</summary>
    public bool IsWanted
    {
        get
        {
            if (options.Accelerator == AcceleratorMode.Off)
            {
                return false;
            }

            Ask();
            return _known is not { IsAvailable: false };
        }
    }

    /// <param name="budget">Bytes that were set aside.</param>
    public AcceleratorSpec SpecFor(long budget) => new()
    {
        Mode = options.Accelerator switch { AcceleratorMode.Off => AcceleratorSpec.Off, AcceleratorMode.Strict => AcceleratorSpec.Strict, _ => AcceleratorSpec.Auto },
        Budget = budget,
        Directory = options.OneDnnDirectory,
        Records = Records,
    };

    public Task<AcceleratorReport> GetAsync(CancellationToken cancellationToken) =>
        options.Accelerator == AcceleratorMode.Off ? Task.FromResult(new AcceleratorReport { Reason = "switched off" }) : Ask().WaitAsync(cancellationToken);

    /// <summary>Checks the products again, whatever was found before.</summary>
    public Task<AcceleratorReport> CheckAgainAsync(CancellationToken cancellationToken) => RunAsync(again: true, cancellationToken);

    private string Records => Path.Combine(options.StoreDirectory, "machine");

    private Task<AcceleratorReport> Ask()
    {
        lock (_gate)
        {
            return _asked ??= Task.Run(async () => _known = await RunAsync(again: false, CancellationToken.None).ConfigureAwait(false));
        }
    }

    private async Task<AcceleratorReport> RunAsync(bool again, CancellationToken cancellationToken)
    {
        if (!File.Exists(options.RunnerPath))
        {
            return new AcceleratorReport { Reason = $"the runner program {options.RunnerPath} does not exist" };
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var process = Process.Start(StartInfo(again))!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            var output = await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize(output, DevicesJson.Default.AcceleratorReport)!
                : new AcceleratorReport { Reason = $"the check ended with {process.ExitCode}: {(await error.ConfigureAwait(false)).Trim().Split('\n')[^1]}" };
        }
        catch (Exception exception) when (exception is OperationCanceledException or JsonException)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            return new AcceleratorReport { Reason = exception is JsonException ? "the check said nothing that makes sense" : "the check did not end" };
        }
    }

    private ProcessStartInfo StartInfo(bool again)
    {
        var start = new ProcessStartInfo(options.RunnerPath, ["check", "--records", Records]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        Add("--native", options.NativeDirectory);
        Add("--onednn", options.OneDnnDirectory);
        Add("--threads", options.Threads > 0 ? options.Threads.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
        if (again)
        {
            start.ArgumentList.Add("--again");
        }

        start.Environment.Clear();
        foreach (var (name, value) in RunnerEnvironment.Current())
        {
            start.Environment[name] = value;
        }

        return start;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                start.ArgumentList.Add(name);
                start.ArgumentList.Add(value);
            }
        }
    }
}

/// <summary>What is known of the accelerator on this machine.</summary>
public sealed record AcceleratorReport
{
    /// <summary>For example <c>oneDNN 2.6.3</c>; empty = there is none.</summary>
    public string Name { get; set; } = "";

    /// <summary>The library's file or name.</summary>
    public string Library { get; set; } = "";

    /// <summary>Why it is not used; empty = it is.</summary>
    public string Reason { get; set; } = "";

    /// <summary>How far its products are from exact ones, and how far those of the plain path are.</summary>
    public IReadOnlyList<AcceleratorProduct> Products { get; set; } = [];

    [JsonIgnore]
    public bool IsAvailable => Reason.Length == 0;
}

/// <summary>One kind of product: relative errors.</summary>
public sealed record AcceleratorProduct(string Type, long Rows, double Plain, double Accelerated, double Bound);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AcceleratorReport))]
internal sealed partial class DevicesJson : JsonSerializerContext;
