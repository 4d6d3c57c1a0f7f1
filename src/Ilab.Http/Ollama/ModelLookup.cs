using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary>Finds stored models as this API does: without a tag it is <c>latest</c>, and capital letters do not matter.</summary>
internal static class ModelLookup
{
    /// <summary>The name in a request: <c>model</c>, or <c>name</c> as older clients call it.</summary>
    public static string NameIn(JsonFields request) => request.Text("model") ?? request.Text("name") ?? throw request.Missing("model", "a string");

    /// <exception cref="ProblemException">404.</exception>
    public static async Task<ModelRecord> FindAsync(HttpCall call, string name)
    {
        call.Target = $"name={name}";
        var models = await call.Parts.Models.ListAsync(call.Caller, call.Aborted).ConfigureAwait(false);
        if (ModelName.TryParse(name, out var parsed))
        {
            var full = parsed.ToString();
            var found =
                models.FirstOrDefault(model => model.Name == full)
                ?? models.FirstOrDefault(model => model.Name.Equals(full, StringComparison.OrdinalIgnoreCase))
                ?? await ByDigestAsync(call, name).ConfigureAwait(false);
            if (found is not null)
            {
                return found;
            }
        }

        throw new ProblemException(new Problem(404, $"model '{name}' not found", "model", ErrorKind.NotFound));
    }

    /// <summary>The model of a request and its adapters, which may follow its name (<c>base+adapter</c>).</summary>
    public static async Task<IReadOnlyList<ModelRecord>> FindAllAsync(HttpCall call, string name)
    {
        var models = new List<ModelRecord>();
        foreach (var part in name.Split('+'))
        {
            models.Add(await FindAsync(call, part).ConfigureAwait(false));
        }

        call.Target = $"name={name}";
        return models;
    }

    /// <summary>The reference by which the engine finds a model with its adapters.</summary>
    public static string ReferenceOf(IEnumerable<ModelRecord> models) =>
        string.Join('+', models.Select(static model => model.Name.Length > 0 ? model.Name : model.Digest.ToString()));

    private static async Task<ModelRecord?> ByDigestAsync(HttpCall call, string reference)
    {
        try
        {
            return await call.Parts.Models.FindAsync(call.Caller, reference, call.Aborted).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }
}
