using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Modelfiles;
using Ilab.Gguf;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary><c>POST /api/show</c>.</summary>
internal static class ShowEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var verbose = body.Flag("verbose") ?? false;
        var found = await ModelLookup.FindAsync(call, ModelLookup.NameIn(body)).ConfigureAwait(false);
        var models = call.Parts.Models;
        using var model = await models.ResolveAsync(call.Caller, found.Digest.ToString(), "inspect", call.Aborted).ConfigureAwait(false);
        var header = GgufSummary.ReadHeader(model.WeightFiles[0]);
        var template = header.GetString(DetailsOf.TemplateKey);
        var (settings, license) = (
            model.Settings ?? new ModelSettings(),
            models.LicenseOf(models.ReadManifest(model.Digest)) ?? NullIfEmpty(model.Summary.License)
        );
        var parameters = ParametersOf(settings.Parameters);
        var answer = new ShowAnswer
        {
            License = license,
            Modelfile = ModelfileOf(found.Name, settings, parameters),
            Parameters = parameters.Count == 0 ? null : string.Join('\n', parameters.Select(static entry => $"{entry.Name, -30} {entry.Value}")),
            Template = settings.Template ?? template,
            System = settings.System,
            Details = DetailsOf.Model(found),
            Messages = settings.Messages.Count == 0 ? null : [.. settings.Messages.Select(static turn => new AnswerMessage(turn.Role, turn.Content))],
            ModelInfo = header.Metadata.Where(static entry => entry.Key != DetailsOf.TemplateKey).ToDictionary(static e => e.Key, static e => Value(e.Value)),
            Tensors = verbose ? [.. header.Tensors.Select(static tensor => new ShownTensor(tensor.Name, tensor.Type.ToString(), tensor.Shape))] : null,
            Capabilities = DetailsOf.Capabilities(model.Summary, template),
            ModifiedAt = AnswerWriter.Time(found.Created),
        };
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(answer, OllamaJson.Relaxed.ShowAnswer)).ConfigureAwait(false);
    }

    private static List<(string Name, string Value)> ParametersOf(ModelParameters parameters) =>
        [
            .. ModelfileParameters.Texts(parameters).Select(static entry => (entry.Key, entry.Value)),
            .. (parameters.Stop ?? []).Select(static stop => (ModelfileParameters.Stop, JsonValue.Create(stop).ToJsonString())),
        ];

    private static string ModelfileOf(string name, ModelSettings settings, List<(string Name, string Value)> parameters)
    {
        var text = new StringBuilder($"FROM {name}\n");
        if (settings.Template is { } template)
        {
            text.Append(CultureInfo.InvariantCulture, $"TEMPLATE \"\"\"{template}\"\"\"\n");
        }

        if (settings.System is { } system)
        {
            text.Append(CultureInfo.InvariantCulture, $"SYSTEM \"\"\"{system}\"\"\"\n");
        }

        parameters.ForEach(entry => text.Append(CultureInfo.InvariantCulture, $"PARAMETER {entry.Name} {entry.Value}\n"));
        foreach (var turn in settings.Messages)
        {
            text.Append(CultureInfo.InvariantCulture, $"MESSAGE {turn.Role} \"\"\"{turn.Content}\"\"\"\n");
        }

        return text.ToString();
    }

    // Lists are left out: the vocabulary alone has megabytes, and its header is read only in part.
    private static JsonElement Value(GgufValue value)
    {
        JsonNode? node = value.Value switch
        {
            GgufArray => null,
            string text => JsonValue.Create(text),
            bool flag => JsonValue.Create(flag),
            float or double => JsonValue.Create(Convert.ToDouble(value.Value, CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(Convert.ToDecimal(value.Value, CultureInfo.InvariantCulture)),
        };
        return JsonDocument.Parse(node?.ToJsonString() ?? "null").RootElement;
    }

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;
}
