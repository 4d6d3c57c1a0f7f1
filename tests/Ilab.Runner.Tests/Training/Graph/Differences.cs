using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Gradients against central differences of the loss, and against each other.</summary>
internal static class Differences
{
    /// <summary>The parameter whose derivative along its own gradient is furthest from the differences, relative to them.</summary>
    public static (string Name, double Error) Worst(TrainingModel model, TrainingBatch batch)
    {
        var gradients = FamilyModelFile.Gradients(model, batch);
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory, forwardOnly: true);
        return model.Parameters.All.Select(parameter => (parameter.Name, Error(parameter))).MaxBy(static entry => entry.Item2);

        double Error(Parameter parameter)
        {
            var gradient = gradients[parameter.Name];
            var norm = Math.Sqrt(gradient.Sum(static value => (double)value * value));
            var start = parameter.Value.ToArray();
            // Long steps cross bends (bounds, another choice of experts), short ones drown in rounding: a wrong gradient fits none of them.
            var best = new[] { 0.02, 0.01, 0.005, 0.0025 }.Min(step =>
            {
                // Richardson: what is left is of the fourth order.
                var slope = ((4 * Slope(step)) - Slope(2 * step)) / 3;
                return Math.Abs(slope - norm) / (Math.Abs(slope) + norm);
            });
            parameter.Value.Write<float>(start);
            return best;

            double Slope(double step) => (Loss(step) - Loss(-step)) / (2 * step);

            double Loss(double step)
            {
                parameter.Value.Write<float>(start.Select((value, index) => (float)(value + (step * gradient[index] / norm))).ToArray());
                return graph.Compute(batch, 1);
            }
        }
    }

    /// <summary>Relative to the first.</summary>
    public static double Between(Dictionary<string, float[]> first, Dictionary<string, float[]> second) =>
        Math.Sqrt(
            first.Sum(entry => entry.Value.Zip(second[entry.Key], static (a, b) => ((double)a - b) * (a - b)).Sum())
                / first.Sum(static entry => entry.Value.Sum(static a => (double)a * a))
        );
}
