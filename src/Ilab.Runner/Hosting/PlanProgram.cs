using System.Text.Json;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training;

namespace Ilab.Runner.Hosting;

/// <summary>
/// <c>ilab-runner plan</c>: finds out what runners would take, without taking it. Each line of standard input is a <see cref="RunnerSpec"/>, each line of
/// standard output a <see cref="TrainingNeed"/> or, of a model that is to be served, a <see cref="ServingNeed"/>.
/// </summary>
internal static class PlanProgram
{
    private static readonly BundleJson Lines = new(new JsonSerializerOptions(BundleJson.Default.Options) { WriteIndented = false });

    public static async Task<int> MainAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            await Console.Out.WriteLineAsync(Answer(JsonSerializer.Deserialize(line, BundleJson.Default.RunnerSpec)!));
        }

        return 0;
    }

    private static string Answer(RunnerSpec spec) =>
        spec.Training is { } training
            ? JsonSerializer.Serialize(
                Of(() => new TrainingRun(spec, training, Log).Measure(), static (kind, message) => new TrainingNeed { ErrorKind = kind, Error = message }),
                TrainingJson.Default.TrainingNeed
            )
            : JsonSerializer.Serialize(
                Of(
                    () => new ModelLoader(spec, new NativeLogLines(Log)).Size(),
                    static (kind, message) => new ServingNeed { ErrorKind = kind, Error = message }
                ),
                Lines.ServingNeed
            );

    private static T Of<T>(Func<T> measure, Func<string, string, T> refuse)
    {
        try
        {
            return measure();
        }
        catch (RunnerException exception)
        {
            return refuse(exception.Kind, exception.Message);
        }
        catch (Exception exception) when (exception is GgufException or GgmlException or IOException or UnauthorizedAccessException)
        {
            return refuse(RunnerErrors.Internal, exception.Message);
        }
    }

    private static void Log(string text) => Console.Error.WriteLine(text);
}
