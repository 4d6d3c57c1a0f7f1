using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.Tokenizing;

/// <summary>The model of a request that need not name one, as servers with one model take it: the only one that is loaded, or stored.</summary>
internal static class ModelChoice
{
    /// <exception cref="ProblemException">400: there are several; 404: no model has such a name.</exception>
    public static async Task<ModelSelection> OfAsync(HttpCall call, JsonFields body)
    {
        var name = body.Text("model") ?? await OnlyAsync(call).ConfigureAwait(false) ?? throw body.Missing("model", "a string, as there are several models");
        call.Target = $"name={name}";
        return new ModelNames(call.Caller).Select(name) with { Embeds = true }; // encoders have a vocabulary, too
    }

    private static async Task<string?> OnlyAsync(HttpCall call)
    {
        var models = await call.Parts.Models.ListAsync(call.Caller, call.Aborted).ConfigureAwait(false);
        var names = models.Where(static model => model.Name.Length > 0).Select(static model => model.Name).ToArray();
        var loaded = call.Parts.Inference.Loaded.Select(static model => model.Name).Where(names.Contains).Distinct().ToArray();
        return loaded is [var one] ? one
            : names is [var only] ? only
            : null;
    }
}
