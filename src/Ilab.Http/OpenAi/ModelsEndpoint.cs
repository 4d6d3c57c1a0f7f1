using System.Text.Json;
using Ilab.Engine.Store.Catalog;
using Ilab.Http.Calls;
using Ilab.Http.Generating;

namespace Ilab.Http.OpenAi;

/// <summary><c>/v1/models</c>.</summary>
internal static class ModelsEndpoint
{
    private const string Owner = "ilab";

    public static async Task ListAsync(HttpCall call)
    {
        var models = await call.Parts.Models.ListAsync(call.Caller, call.Aborted).ConfigureAwait(false);
        var named = models.Where(static model => model.Name.Length > 0).Select(static model => Of(model, ModelNames.Short(model.Name)));
        var json = JsonSerializer.SerializeToUtf8Bytes(new ModelList("list", [.. named]), OpenAiJson.Relaxed.ModelList);
        await Answers.WriteJsonAsync(call, json).ConfigureAwait(false);
    }

    public static async Task GetAsync(HttpCall call)
    {
        _ = new ModelNames(call.Caller).Select(call.Rest);
        call.Target = $"name={call.Rest}";
        var model = await call.Parts.Models.FindAsync(call.Caller, call.Rest, call.Aborted).ConfigureAwait(false);
        var json = JsonSerializer.SerializeToUtf8Bytes(Of(model, call.Rest), OpenAiJson.Relaxed.ModelObject);
        await Answers.WriteJsonAsync(call, json).ConfigureAwait(false);
    }

    private static ModelObject Of(ModelRecord model, string id) => new(id, "model", model.Created.ToUnixTimeSeconds(), Owner);
}
