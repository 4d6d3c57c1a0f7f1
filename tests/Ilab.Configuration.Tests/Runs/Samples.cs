using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>The samples of docs/configuration.md, in its order: the test compares their text with it, and runs them.</summary>
internal static class Samples
{
    public static void Build()
    {
        new ConfigBuilder().Model("granite").TrainingType(TrainingType.Auto).Dataset("facts.jsonl").Build().Save("train.yaml");
    }

    public static void Errors()
    {
        try
        {
            new ConfigBuilder().Model("granite").Set("training.trainer_type", "SFT").Build();
        }
        catch (ConfigException exception)
        {
            foreach (var problem in exception.Problems)
            {
                Console.WriteLine(problem);
            }
        }
    }

    public static void Load()
    {
        var train = RunConfig.Load("train.yaml", "training.max_steps=100").Train;
        Console.WriteLine($"{train.Model.ModelName}: {train.Training.MaxSteps} steps at {train.Training.LearningRate}");
        Console.WriteLine(train.Training.IsWritten("learning_rate") ? "as the file says" : "by default");
    }

    public static void Lint()
    {
        var reading = ConfigReader.ReadFile("train.yaml", lint: true);
        foreach (var problem in reading.Problems)
        {
            Console.WriteLine($"{problem.Line}: {problem.Level}: {problem.Key}: {problem.Message}");
        }
    }

    public static void Change()
    {
        var config = RunConfig.Load("train.yaml");
        ConfigBuilder
            .From(config)
            .Set("training.learning_rate", 1e-4, "half of what it was")
            .Lora(rank: 16, alpha: 32)
            .Build()
            .Save("second.yaml", overwrite: true);
    }
}
