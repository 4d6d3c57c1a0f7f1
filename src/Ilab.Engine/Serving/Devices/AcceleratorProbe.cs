using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Hosting;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Devices;

/// <summary>
/// Determines whether the CPU accelerator can be used, by asking a short-lived runner, since native code is loaded only in runners. The answer is cached for
/// the lifetime of the service.
/// </summary>
public sealed class AcceleratorProbe(EngineOptions options)
{
    private readonly Lock _gate = new();
    private Task<AcceleratorReport>? _asked;
    private volatile AcceleratorReport? _known;

    /// <summary>Whether to reserve memory for it: it is not switched off and not known to be unusable.</summary>
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

    /// <summary>Bytes that the packed weights of a model may take, most first; none if it is not wanted.</summary>
    public IEnumerable<long> Budgets(ModelShape shape)
    {
        if (!IsWanted)
        {
            return [];
        }

        var codes = _known is { HasCodes: false } ? 0 : shape.CodedWeights;
        var floats = _known is { HasFloats: false } ? 0 : shape.PackedWeights;
        return new[] { floats + codes, codes }.Select(bytes => Math.Min(bytes, options.AcceleratorMemory)).Where(static bytes => bytes > 0).Distinct();
    }

    /// <param name="budget">Bytes reserved for packed weights.</param>
    public AcceleratorSpec SpecFor(long budget) =>
        new()
        {
            Mode = options.Accelerator switch
            {
                AcceleratorMode.Off => AcceleratorSpec.Off,
                AcceleratorMode.Strict => AcceleratorSpec.Strict,
                _ => AcceleratorSpec.Auto,
            },
            ExactEmbeddings = options.ExactEmbeddings,
            Budget = budget,
            Directory = options.OneDnnDirectory,
            Records = Records,
        };

    public Task<AcceleratorReport> GetAsync(CancellationToken cancellationToken) =>
        options.Accelerator == AcceleratorMode.Off ? Task.FromResult(new AcceleratorReport { Reason = "switched off" }) : Ask().WaitAsync(cancellationToken);

    /// <summary>Repeats the check, ignoring the cached result.</summary>
    public Task<AcceleratorReport> CheckAgainAsync(CancellationToken cancellationToken) => RunAsync(again: true, cancellationToken);

    private string Records => options.RecordsDirectory;

    private Task<AcceleratorReport> Ask()
    {
        lock (_gate)
        {
            // A check that failed, for want of processes or memory, says nothing of the next one.
            if (_asked is { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                _asked = null;
            }

            return _asked ??= Task.Run(async () => _known = await RunAsync(again: false, CancellationToken.None).ConfigureAwait(false));
        }
    }

    private async Task<AcceleratorReport> RunAsync(bool again, CancellationToken cancellationToken)
    {
        if (!File.Exists(options.RunnerPath))
        {
            return new AcceleratorReport { Reason = $"the runner program {options.RunnerPath} does not exist" };
        }

        try
        {
            var answer = await RunnerProbe.AskAsync(options, Arguments(again), DeviceMemory.Cpu, cancellationToken).ConfigureAwait(false);
            return answer.ExitCode switch
            {
                0 => JsonSerializer.Deserialize(answer.Output, DevicesJson.Default.AcceleratorReport)!,
                < 0 => new AcceleratorReport { Reason = answer.LastLine },
                var code => new AcceleratorReport { Reason = $"the check failed with exit code {code}: {answer.LastLine}" },
            };
        }
        catch (JsonException)
        {
            return new AcceleratorReport { Reason = "the check returned an invalid result" };
        }
    }

    private List<string> Arguments(bool again)
    {
        List<string> arguments = ["check", "--records", Records];
        if (options.OneDnnDirectory is { } folder)
        {
            arguments.AddRange(["--onednn", folder]);
        }

        if (options.Threads > 0)
        {
            arguments.AddRange(["--threads", options.Threads.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        }

        if (again)
        {
            arguments.Add("--again");
        }

        return arguments;
    }
}

/// <summary>State of the accelerator on this machine.</summary>
public sealed record AcceleratorReport
{
    /// <summary>For example <c>AVX-VNNI, oneDNN 2.6.3</c>; empty = none.</summary>
    public string Name { get; set; } = "";

    /// <summary>Path or name of the library.</summary>
    public string Library { get; set; } = "";

    /// <summary>Why it, or oneDNN beside it, is not used; empty = in use.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Errors of its matrix multiplications and of the plain path, against exact results.</summary>
    public IReadOnlyList<AcceleratorProduct> Products { get; set; } = [];

    [JsonIgnore]
    public bool IsAvailable => Name.Length > 0;

    /// <summary>Whether few tokens at a time are multiplied as whole numbers.</summary>
    [JsonIgnore]
    public bool HasCodes => Name.Contains("VNNI", StringComparison.Ordinal);

    /// <summary>Whether many tokens at a time are multiplied by a library.</summary>
    [JsonIgnore]
    public bool HasFloats => Name.Contains("oneDNN", StringComparison.Ordinal);
}

/// <summary>Matrix multiplications with one weight type: relative errors.</summary>
public sealed record AcceleratorProduct(string Type, long Rows, double Plain, double Accelerated, double Bound);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AcceleratorReport))]
internal sealed partial class DevicesJson : JsonSerializerContext;
