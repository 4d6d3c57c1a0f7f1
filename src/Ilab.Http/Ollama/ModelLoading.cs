using Ilab.Engine.Errors;
using Ilab.Http.Calls;

namespace Ilab.Http.Ollama;

/// <summary>What requests without a prompt do: load the model and set how long it stays, or unload it.</summary>
internal static class ModelLoading
{
    /// <returns>The reason to give: <c>load</c> or <c>unload</c>.</returns>
    public static async Task<string> RunAsync(HttpCall call, AskRequest request)
    {
        if (request.Unloads)
        {
            await UnloadAsync(call, request.Selection.Reference!).ConfigureAwait(false);
            return "unload";
        }

        var settings = request.Load with { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        await foreach (var _ in call.Parts.Inference.LoadAsync(request.Selection, settings, call.Aborted).ConfigureAwait(false))
        {
            // The API has no word for the progress.
        }

        return "load";
    }

    /// <summary>Unloads a model; one that is not loaded is left alone.</summary>
    public static async Task UnloadAsync(HttpCall call, string reference)
    {
        try
        {
            await call.Parts.Inference.UnloadAsync(call.Caller, reference, all: false, force: false, call.Aborted).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            // It is not loaded, or has been unloaded in the meantime.
        }
    }
}
