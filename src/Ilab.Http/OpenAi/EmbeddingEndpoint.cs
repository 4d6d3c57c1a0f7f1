using System.Buffers;
using System.Text.Json;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary><c>POST /v1/embeddings</c>.</summary>
internal static class EmbeddingEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        call.Target = $"name={body.Text("model")}";
        await Answers.WriteJsonAsync(call, await AnswerAsync(call.Scope, body).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Checks a request.</summary>
    /// <exception cref="ProblemException">400, naming the field; 404: no model has such a name.</exception>
    public static (EmbeddingRequest Request, string Model, bool IsBase64) Read(JsonFields body, ModelNames models)
    {
        var isBase64 = body.Text("encoding_format") switch
        {
            null or "float" => false,
            "base64" => true,
            _ => throw body.Wrong("encoding_format", "float or base64"),
        };
        var dimensions = body.Integer("dimensions", 1, int.MaxValue);
        var name = body.RequiredText("model");
        var inputs = PromptReader.Read(body, "input", EmbeddingRequest.MostInputs);
        _ = body.Text("user");
        var request = new EmbeddingRequest
        {
            Model = models.Select(name),
            Inputs = [.. inputs.Select(static input => new EmbeddingInput(input.Text ?? "", input.Tokens ?? []))],
            Dimensions = (int)(dimensions ?? 0),
        };
        return (request, name, isBase64);
    }

    /// <returns>JSON.</returns>
    public static async Task<ReadOnlyMemory<byte>> AnswerAsync(AnswerScope scope, JsonFields body)
    {
        var (request, name, isBase64) = Read(body, new ModelNames(scope.Caller));
        var settings = new LoadSettings { Owner = await scope.ShareAsync(scope.Aborted).ConfigureAwait(false) };
        var made = await scope.Inference.EmbedAsync(request with { Load = settings }, scope.Aborted).ConfigureAwait(false);
        scope.Use(made.Texts.Sum(static text => text.Tokens));
        return Answer(name, made.Texts, isBase64);
    }

    // Written by hand: a vector is a list of numbers or one string.
    private static ReadOnlyMemory<byte> Answer(string model, IReadOnlyList<EmbeddedText> embeddings, bool isBase64)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var (index, embedding) in embeddings.Index())
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, index);
            json.WritePropertyName("embedding"u8);
            if (isBase64)
            {
                json.WriteStringValue(Vectors.Base64(embedding.Values));
            }
            else
            {
                json.WriteStartArray();
                foreach (var value in embedding.Values)
                {
                    json.WriteNumberValue(value);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, model);
        json.WriteStartObject("usage"u8);
        var tokens = embeddings.Sum(static embedding => embedding.Tokens);
        json.WriteNumber("prompt_tokens"u8, tokens);
        json.WriteNumber("total_tokens"u8, tokens);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
