using System.Text.Json;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;

namespace Ilab.Http.Ollama;

/// <summary><c>/api/tags</c>, <c>/api/ps</c>, <c>/api/version</c> and <c>/api/status</c>.</summary>
internal static class ListEndpoints
{
    /// <summary>What stands for never: about as long as a duration of the original can be.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromDays(106_751);

    public static Task VersionAsync(HttpCall call) =>
        Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(new VersionAnswer(call.Parts.Options.Version), OllamaJson.Relaxed.VersionAnswer));

    public static Task StatusAsync(HttpCall call) =>
        Answers.WriteJsonAsync(
            call,
            JsonSerializer.SerializeToUtf8Bytes(new StatusAnswer(new CloudStatus(Disabled: true, "none")), OllamaJson.Relaxed.StatusAnswer)
        );

    public static async Task TagsAsync(HttpCall call)
    {
        var models = await call.Parts.Models.ListAsync(call.Caller, call.Aborted).ConfigureAwait(false);
        var entries = models
            .Where(static model => model.Name.Length > 0)
            .Select(static model => new ListedModel(
                model.Name,
                model.Name,
                AnswerWriter.Time(model.Created),
                model.Size,
                model.Digest.Hex,
                DetailsOf.Model(model)
            ));
        await Answers
            .WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(new ModelEntries<ListedModel>([.. entries]), OllamaJson.Relaxed.ModelEntriesListedModel))
            .ConfigureAwait(false);
    }

    public static async Task RunningAsync(HttpCall call)
    {
        var stored = (await call.Parts.Models.ListAsync(call.Caller, call.Aborted).ConfigureAwait(false)).ToLookup(static model => model.Digest.ToString());
        var now = call.Parts.Time.GetUtcNow();
        var entries = call
            .Parts.Inference.Loaded.Where(model => call.Caller.SeesModels || call.Caller.Owns(model.Owner ?? Engine.Access.Caller.Service.Uid))
            .Select(model => (Model: model, Expires: ExpiryOf(model, now, call.Parts.Options.KeepAlive)))
            .OrderByDescending(static entry => entry.Expires)
            .Select(entry => Of(entry.Model, stored[entry.Model.Digest].FirstOrDefault() is { } record ? DetailsOf.Model(record) : Unknown, entry.Expires));
        await Answers
            .WriteJsonAsync(
                call,
                JsonSerializer.SerializeToUtf8Bytes(new ModelEntries<RunningModel>([.. entries]), OllamaJson.Relaxed.ModelEntriesRunningModel)
            )
            .ConfigureAwait(false);
    }

    private static Details Unknown => new("", "gguf", "", [], "", "");

    private static DateTimeOffset ExpiryOf(LoadedModel model, DateTimeOffset now, TimeSpan keepAlive) =>
        model.ExpiresAt ?? now + (model.Active > 0 && keepAlive > TimeSpan.Zero ? keepAlive : Forever);

    private static RunningModel Of(LoadedModel model, Details details, DateTimeOffset expires) =>
        new(
            model.Name,
            model.Name,
            model.Memory + model.HostMemory,
            model.Digest[(model.Digest.IndexOf(':', StringComparison.Ordinal) + 1)..],
            details,
            AnswerWriter.Time(expires),
            model.Device == "cpu" ? 0 : model.Memory,
            model.ContextLength
        );
}
