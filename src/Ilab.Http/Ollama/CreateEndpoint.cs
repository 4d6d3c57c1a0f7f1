using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Modelfiles;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary><c>POST /api/create</c>: a model with settings of its own, of another model or of uploaded GGUF files.</summary>
internal static class CreateEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        Refuse(body);
        var name = ModelLookup.NameIn(body);
        var stream = body.Flag("stream") ?? true;
        var settings = SettingsOf(body);
        var files = FilesOf(body);
        var from = body.Text("from");
        call.Target = $"name={name}";
        if (from is null == (files.Count == 0))
        {
            throw ProblemException.Invalid("either from or files is required", "from");
        }

        using var held = new LeaseGroup(call.Parts.Models.Leases, "import");
        var made = from is not null ? await OfModelAsync(call, from, name, settings, held).ConfigureAwait(false) : OfFiles(call, files, name, settings, held);
        var license = body.TextOrTexts("license");
        made = license is { Count: > 0 } ? made with { License = string.Join('\n', license) } : made;
        call.Target = $"name={name}";
        if (stream)
        {
            await LineAsync(call, from is null ? "parsing GGUF" : $"using existing layer sha256:{made.Weights[0].Hex}").ConfigureAwait(false);
            await LineAsync(call, "writing manifest").ConfigureAwait(false);
        }

        var model = await call.Parts.Models.RegisterAsync(made, call.Aborted).ConfigureAwait(false);
        files.ForEach(call.Parts.Uploads.Release);
        call.Parts.Events.Publish("model", "import", model.Digest.ToString(), model.Name);
        await (stream ? LineAsync(call, "success") : Answers.WriteJsonAsync(call, Line("success"))).ConfigureAwait(false);
    }

    private static async Task<NewModel> OfModelAsync(HttpCall call, string from, string name, ModelSettings settings, LeaseGroup held)
    {
        var found = await ModelLookup.FindAsync(call, from).ConfigureAwait(false);
        using var model = await call.Parts.Models.ResolveAsync(call.Caller, found.Digest.ToString(), "import", call.Aborted).ConfigureAwait(false);
        var manifest = call.Parts.Models.ReadManifest(model.Digest);
        foreach (var blob in manifest.Blobs)
        {
            held.Add(blob);
        }

        return new NewModel
        {
            Weights = [.. manifest.Weights],
            Adapters = [.. manifest.Adapters],
            Name = name,
            Source = $"modelfile:{found.Name}",
            FileName = name,
            Replace = true,
            Caller = call.Caller,
            License = call.Parts.Models.LicenseOf(manifest),
            Settings = settings.Over(model.Settings),
        };
    }

    private static NewModel OfFiles(HttpCall call, List<Digest> files, string name, ModelSettings settings, LeaseGroup held)
    {
        foreach (var file in files)
        {
            held.Add(file);
            if (!call.Parts.Models.Content.Contains(file))
            {
                throw ProblemException.Invalid($"the blob {file} does not exist: upload it first", "files");
            }
        }

        return new NewModel
        {
            Weights = files,
            Name = name,
            Source = $"upload:{name}",
            FileName = name,
            Replace = true,
            Caller = call.Caller,
            Settings = settings,
        };
    }

    private static ModelSettings SettingsOf(JsonFields body)
    {
        var parameters = new ModelParameters();
        if (body.Object("parameters") is { } given)
        {
            foreach (var entry in given.All)
            {
                parameters = Set(parameters, given, entry);
            }
        }

        return new ModelSettings
        {
            System = body.Text("system"),
            Template = body.Text("template"),
            Parameters = parameters,
            Messages = [.. (body.Objects("messages") ?? []).Select(static turn => new ModelTurn(turn.RequiredText("role"), turn.RequiredText("content")))],
        };
    }

    private static ModelParameters Set(ModelParameters parameters, JsonFields given, JsonProperty entry)
    {
        var values = entry.Value.ValueKind switch
        {
            JsonValueKind.Array or JsonValueKind.String => given.TextOrTexts(entry.Name)!,
            JsonValueKind.Number => [entry.Value.GetDouble().ToString(CultureInfo.InvariantCulture)],
            _ => throw given.Wrong(entry.Name, "a number, a string or a list of strings"),
        };
        foreach (var value in values)
        {
            try
            {
                parameters =
                    ModelfileParameters.Set(parameters, entry.Name, value)
                    ?? throw ProblemException.Invalid($"there is no parameter {entry.Name} here", given.PathOf(entry.Name));
            }
            catch (FormatException exception)
            {
                throw ProblemException.Invalid(exception.Message, given.PathOf(entry.Name));
            }
        }

        return parameters;
    }

    private static List<Digest> FilesOf(JsonFields body) =>
        body.Object("files") is not { } files
            ? []
            :
            [
                .. files
                    .All.OrderBy(static entry => entry.Name, StringComparer.Ordinal)
                    .Select(entry =>
                        entry.Name.Length == 0 || Path.IsPathRooted(entry.Name) || entry.Name.Split('/').Contains("..")
                            ? throw ProblemException.Invalid($"\"{entry.Name}\" is no relative name of a file", "files")
                        : Digest.TryParse(files.RequiredText(entry.Name), out var digest) ? digest
                        : throw files.Wrong(entry.Name, "a digest, sha256:...")
                    ),
            ];

    private static void Refuse(JsonFields body)
    {
        body.Refuse("quantize", "use 'ilab model quantize'", "");
        body.Refuse("adapters", "use 'ilab model import' with a Modelfile");
        body.Refuse("renderer", "the chat template of the weights is used", "");
        body.Refuse("parser", "answers are text here", "");
        body.Refuse("draft_files", "a draft model is named where a model is loaded: 'ilab model load --draft'");
        body.Refuse("draft_quantize", "use 'ilab model quantize'", "");
        body.Refuse("info", "the metadata of the weights is used", "{}");
        body.Refuse("remote_host", "models run here", "");
    }

    private static Task LineAsync(HttpCall call, string status) => EventStream.SendLineAsync(call, Line(status));

    private static byte[] Line(string status) => JsonSerializer.SerializeToUtf8Bytes(new StatusLine(status), OllamaJson.Relaxed.StatusLine);
}
