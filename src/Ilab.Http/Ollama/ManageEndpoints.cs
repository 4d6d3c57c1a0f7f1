using Ilab.Engine.Errors;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary><c>/api/copy</c> and <c>/api/delete</c>.</summary>
internal static class ManageEndpoints
{
    public static async Task CopyAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var (source, target) = (body.RequiredText("source"), body.RequiredText("destination"));
        var model = await ModelLookup.FindAsync(call, source).ConfigureAwait(false);
        call.Target = $"source={source} target={target}";
        var copy = await call
            .Parts.Models.CopyAsync(call.Caller, model.Name.Length > 0 ? model.Name : model.Digest.ToString(), target, replace: true, call.Aborted)
            .ConfigureAwait(false);
        call.Parts.Events.Publish("model", "copy", copy.Digest.ToString(), copy.Name);
    }

    /// <summary>Removes the name; a model that is loaded and has no other name is unloaded first.</summary>
    public static async Task DeleteAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var model = await ModelLookup.FindAsync(call, ModelLookup.NameIn(body)).ConfigureAwait(false);
        var reference = model.Name.Length > 0 ? model.Name : model.Digest.ToString();
        await call.Parts.Models.FindRemovableAsync(call.Caller, reference, call.Aborted).ConfigureAwait(false);
        try
        {
            await RemoveAsync(call, reference).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.InUse)
        {
            await ModelLoading.UnloadAsync(call, model.Digest.ToString()).ConfigureAwait(false);
            await RemoveAsync(call, reference).ConfigureAwait(false);
        }
    }

    private static async Task RemoveAsync(HttpCall call, string reference)
    {
        var removal = await call.Parts.Models.RemoveAsync(call.Caller, reference, force: false, call.Aborted).ConfigureAwait(false);
        foreach (var name in removal.Untagged)
        {
            call.Parts.Events.Publish("model", "untag", "", name);
        }

        foreach (var digest in removal.Deleted)
        {
            call.Parts.Events.Publish("model", "remove", digest.ToString(), reference);
        }
    }
}
