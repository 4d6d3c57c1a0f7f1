using System.Collections.Concurrent;
using System.Text.Json;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary>Whether a model is to think, and whether what it thinks is told from its answer.</summary>
/// <param name="Separates">Whether the answer is divided.</param>
/// <param name="Variables">Of the model's template, a JSON object; empty = none.</param>
internal sealed record Thinking(bool Separates, string Variables)
{
    private const string Name = "think";
    private const int MostKnown = 1024;
    private static readonly string[] Levels = ["low", "medium", "high", "max"];

    /// <summary>Whether the template of a model has thoughts, by digest.</summary>
    private static readonly ConcurrentDictionary<Digest, bool> Known = new();

    /// <summary>Reads <c>think</c>: left out, it means true for a model that can.</summary>
    /// <param name="models">The model of the request and its adapters.</param>
    /// <exception cref="ProblemException">400: it is no flag and no level, or the model cannot think.</exception>
    public static async Task<Thinking> ReadAsync(HttpCall call, JsonFields request, string name, IReadOnlyList<ModelRecord> models)
    {
        var wanted = request.Value(Name);
        var level = wanted is { ValueKind: JsonValueKind.String } text ? JsonFields.TextOf(text, Name) : null;
        if (wanted is not (null or { ValueKind: JsonValueKind.True or JsonValueKind.False }) && !Levels.Contains(level))
        {
            throw request.Wrong(Name, $"true, false, {string.Join(", ", Levels)}");
        }

        if (wanted is { ValueKind: JsonValueKind.False })
        {
            return new Thinking(false, """{"enable_thinking":false}""");
        }

        var can = false;
        foreach (var model in models)
        {
            can |= await CanAsync(call, model).ConfigureAwait(false);
        }

        return wanted is null ? new Thinking(can, "")
            : !can ? throw ProblemException.Invalid($"\"{name}\" does not support thinking", Name)
            : new Thinking(true, level is null ? """{"enable_thinking":true}""" : $$"""{"enable_thinking":true,"reasoning_effort":"{{level}}"}""");
    }

    private static async Task<bool> CanAsync(HttpCall call, ModelRecord record)
    {
        if (Known.TryGetValue(record.Digest, out var known))
        {
            return known;
        }

        using var model = await call.Parts.Models.ResolveAsync(call.Caller, record.Digest.ToString(), "inspect", call.Aborted).ConfigureAwait(false);
        var file = model.WeightFiles.Concat(model.AdapterFiles).FirstOrDefault();
        var can = file is not null && DetailsOf.Thinks(GgufSummary.ReadHeader(file).GetString(DetailsOf.TemplateKey));
        if (Known.Count >= MostKnown)
        {
            Known.Clear();
        }

        return Known[record.Digest] = can;
    }
}
