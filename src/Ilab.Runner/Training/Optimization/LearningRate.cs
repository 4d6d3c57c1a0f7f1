namespace Ilab.Runner.Training.Optimization;

/// <summary>The learning rate of each step: linear warm-up to the peak, then according to the schedule.</summary>
internal sealed record LearningRate(float Peak, string Schedule, int Warmup, int Steps)
{
    /// <param name="step">0 to <see cref="Steps"/> - 1.</param>
    public float At(int step)
    {
        if (step < Warmup)
        {
            return Peak * (step + 1) / Warmup;
        }

        var done = Steps > Warmup ? (double)(step - Warmup) / (Steps - Warmup) : 0;
        return Schedule switch
        {
            "linear" => (float)(Peak * (1 - done)),
            "cosine" => (float)(Peak * 0.5 * (1 + Math.Cos(Math.PI * done))),
            _ => Peak,
        };
    }
}
