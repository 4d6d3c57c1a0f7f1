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
        var isBase64 = body.Text("encoding_format") switch
        {
            null or "float" => false,
            "base64" => true,
            _ => throw body.Wrong("encoding_format", "float or base64"),
        };
        var dimensions = body.Integer("dimensions", 1, int.MaxValue);
        var name = body.RequiredText("model");
        var inputs = PromptReader.Read(body, "input", EmbeddingRequest.MostInputs);
        call.Target = $"name={name}";
        var settings = new LoadSettings { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        var request = new EmbeddingRequest
        {
            Model = new ModelNames(call.Caller).Select(name),
            Inputs = [.. inputs.Select(static input => new EmbeddingInput(input.Text ?? "", input.Tokens ?? []))],
            Dimensions = (int)(dimensions ?? 0),
            Load = settings,
        };
        var made = await call.Parts.Inference.EmbedAsync(request, call.Aborted).ConfigureAwait(false);
        call.Access.Use(made.Texts.Sum(static text => text.Tokens));
        await Answers.WriteJsonAsync(call, Answer(name, made.Texts, isBase64)).ConfigureAwait(false);
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
