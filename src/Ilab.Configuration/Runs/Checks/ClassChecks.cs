namespace Ilab.Configuration.Runs.Checks;

/// <summary>Which checks belong to which class of section.</summary>
internal static class ClassChecks
{
    private static readonly Dictionary<string, Action<CheckContext>> Rules = new(StringComparer.Ordinal)
    {
        ["TrainingConfig"] = TrainingChecks.Config,
        ["TrainingParams"] = TrainingChecks.Params,
        ["DeepSpeedParams"] = TrainingChecks.DeepSpeed,
        ["GoldParams"] = TrainingChecks.Gold,
        ["ModelParams"] = ModelChecks.Model,
        ["GenerationParams"] = ModelChecks.Generation,
        ["GuidedDecodingParams"] = ModelChecks.Guided,
        ["RemoteParams"] = ModelChecks.Remote,
        ["DataParams"] = DataChecks.Data,
        ["DatasetSplitParams"] = DataChecks.Split,
        ["DatasetParams"] = DataChecks.Dataset,
        ["JudgeParams"] = JudgeChecks.Params,
        ["RuleJudgeParams"] = JudgeChecks.Rule,
        ["TuningParams"] = TuningChecks.Check,
        ["SynthesisConfig"] = SynthesisChecks.Config,
        ["GeneralSynthesisParams"] = AttributeChecks.Ids,
        ["DatasetSource"] = SynthesisChecks.Dataset,
        ["ExampleSource"] = SynthesisChecks.Examples,
        ["DocumentSegmentationParams"] = SynthesisChecks.Segments,
        ["SampledAttribute"] = AttributeChecks.Sampled,
        ["AttributeCombination"] = AttributeChecks.Combination,
        ["GeneratedAttribute"] = AttributeChecks.Generated,
        ["GeneratedAttributePostprocessingParams"] = AttributeChecks.Postprocessing,
        ["MultiTurnAttribute"] = AttributeChecks.MultiTurn,
        ["TransformationStrategy"] = AttributeChecks.Transformation,
        ["EnvironmentConfig"] = SynthesisChecks.Environments,
        ["EnvironmentParams"] = SynthesisChecks.Environment,
        ["GroundingConfig"] = SynthesisChecks.Grounding,
    };

    private static readonly Dictionary<string, Action<CheckContext>> Advice = new(StringComparer.Ordinal)
    {
        ["TrainingConfig"] = TrainingAdvice.Config,
        ["TrainingParams"] = TrainingAdvice.Params,
        ["PeftParams"] = AdapterAdvice.Params,
        ["InferenceConfig"] = RunAdvice.Inference,
        ["EvaluationConfig"] = RunAdvice.Evaluation,
        ["EvaluationTaskParams"] = RunAdvice.Task,
        ["ModelParams"] = RunAdvice.Model,
        ["JobConfig"] = static context =>
        {
            JobAdvice.Job(context);
            ScriptAdvice.Check(context, "setup");
            ScriptAdvice.Check(context, "run");
        },
        ["JudgeParams"] = JudgeAdvice.Params,
        ["JobResources"] = JobAdvice.Resources,
    };

    public static void Run(CheckContext context, bool withAdvice)
    {
        Rules.GetValueOrDefault(context.Section.Class.Name)?.Invoke(context);
        if (withAdvice)
        {
            Advice.GetValueOrDefault(context.Section.Class.Name)?.Invoke(context);
        }
    }
}
