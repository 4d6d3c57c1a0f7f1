using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Planning;

/// <summary>Finds out what runners take by laying out what they compute, without memory.</summary>
internal interface ISizer : IAsyncDisposable
{
    /// <param name="spec">Of a runner that trains.</param>
    /// <exception cref="EngineException">The training is not possible, with the reason; RUNNER_LOST: nothing can be found out here.</exception>
    Task<TrainingNeed> TrainingAsync(RunnerSpec spec, CancellationToken cancellationToken);

    /// <param name="spec">Of a runner that serves a model.</param>
    /// <exception cref="EngineException">As above.</exception>
    Task<ServingNeed> ServingAsync(RunnerSpec spec, CancellationToken cancellationToken);
}

/// <summary>A runner that answers such questions until it is disposed: native code is loaded only in runners. Not for several callers at once.</summary>
internal sealed class RunnerSizer(EngineOptions options) : ISizer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly BundleJson Lines = new(new JsonSerializerOptions(BundleJson.Default.Options) { WriteIndented = false });
    private Process? _process;
    private long _first;

    public async Task<TrainingNeed> TrainingAsync(RunnerSpec spec, CancellationToken cancellationToken)
    {
        var need = await AskAsync(spec, TrainingJson.Default.TrainingNeed, cancellationToken).ConfigureAwait(false);
        Require(need.ErrorKind, need.Error);
        return Comparable(need);
    }

    public async Task<ServingNeed> ServingAsync(RunnerSpec spec, CancellationToken cancellationToken)
    {
        var need = await AskAsync(spec, Lines.ServingNeed, cancellationToken).ConfigureAwait(false);
        Require(need.ErrorKind, need.Error);
        return need;
    }

    private async Task<T> AskAsync<T>(RunnerSpec spec, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
        where T : class
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var process = _process ??= Start();
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(spec, Lines.RunnerSpec).AsMemory(), patience.Token).ConfigureAwait(false);
            await process.StandardInput.FlushAsync(patience.Token).ConfigureAwait(false);
            var line = await process.StandardOutput.ReadLineAsync(patience.Token).ConfigureAwait(false);
            return (line is null ? null : JsonSerializer.Deserialize(line, answer)) ?? throw Lost("it ended without an answer", null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Lost("it did not answer in time", null);
        }
        catch (Exception exception) when (exception is IOException or JsonException or System.ComponentModel.Win32Exception)
        {
            throw Lost(exception.Message, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        using (process)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What the process keeps of earlier answers is no part of the next one.</summary>
    private TrainingNeed Comparable(TrainingNeed need)
    {
        _first = _first == 0 ? need.Process : _first;
        return need with { Process = Math.Min(_first, need.Process) };
    }

    private static void Require(string kind, string message)
    {
        if (kind.Length > 0)
        {
            throw new EngineException(ErrorKindNames.Parse(kind) ?? ErrorKind.Internal, message);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(options.RunnerPath, ["plan"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in RunnerEnvironment.For(DeviceMemory.Cpu))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.BeginErrorReadLine(); // the libraries' own lines must not fill the pipe
        return process;
    }

    private static EngineException Lost(string reason, Exception? inner) => new(ErrorKind.RunnerLost, $"the runner cannot lay it out: {reason}", "", inner);
}
