using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Inference.Speculation;

/// <summary>Loads the model that guesses for another one, and checks that both mean the same by a token.</summary>
internal static class DraftLoader
{
    /// <param name="spec">Names it.</param>
    /// <param name="larger">The model that it guesses for, loaded.</param>
    /// <param name="options">Of the larger model's context: it gets one of the same size.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    /// <exception cref="LlamaException">It cannot be loaded.</exception>
    /// <exception cref="RunnerException">It cannot guess for that model.</exception>
    public static DraftModel Load(RunnerSpec spec, LlamaModel larger, ContextOptions options, int contextLength)
    {
        var model = LlamaModel.Load(spec.Draft!.Files, spec.IsDraftOnGpu ? RunnerSpec.AllLayers : 0, static _ => true, spec.Device);
        LlamaContext? context = null;
        try
        {
            Require(spec.Draft.Name, model, larger);
            context = LlamaContext.Create(model, options with { Sequences = spec.Parallel });
            var reach = model.TrainedContextLength > 0 ? Math.Min(contextLength, model.TrainedContextLength) : contextLength;
            return new DraftModel(model, context, new DraftLimits(spec.Parallel, reach, spec.Batch, larger.Vocabulary.Count));
        }
        catch
        {
            context?.Dispose();
            model.Dispose();
            throw;
        }
    }

    private static void Require(string name, LlamaModel draft, LlamaModel larger)
    {
        if (draft.IsRecurrent || larger.IsRecurrent)
        {
            throw new RunnerException(RunnerErrors.InvalidModel, $"{name} cannot guess tokens here: a recurrent model cannot take back what it has read");
        }

        var (own, others) = (draft.Vocabulary, larger.Vocabulary);
        for (var token = 0; token < Math.Min(own.Count, others.Count); token++)
        {
            if (!own.Piece(token, special: true).AsSpan().SequenceEqual(others.Piece(token, special: true)))
            {
                throw new RunnerException(
                    RunnerErrors.InvalidModel,
                    $"{name} cannot guess tokens for this model: its vocabulary is another one, token {token} is not the same"
                );
            }
        }
    }
}
