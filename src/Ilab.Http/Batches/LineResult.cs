using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Batches;

/// <summary>The result of a line: in the API's shape, or the line itself with the answer added.</summary>
internal static class LineResult
{
    /// <param name="body">JSON that the endpoint answered.</param>
    public static BatchResult Answer(LineRequest line, string id, ReadOnlyMemory<byte> body)
    {
        var answer = JsonNode.Parse(body.Span)!.AsObject();
        return new BatchResult(IsError: false, Bytes(line.IsPlain ? Plain(line, answer) : Enveloped(line, id, 200, answer)));
    }

    public static BatchResult Error(LineRequest line, string id, Problem problem)
    {
        var body = JsonNode.Parse(OpenAiErrors.Instance.Body(problem, id))!.AsObject();
        if (!line.IsPlain)
        {
            return new BatchResult(IsError: true, Bytes(Enveloped(line, id, problem.Status, body)));
        }

        var result = line.Line.DeepClone().AsObject();
        result["error"] = body["error"]!.DeepClone();
        return new BatchResult(IsError: true, Bytes(result));
    }

    private static JsonObject Enveloped(LineRequest line, string id, int status, JsonObject body) =>
        new()
        {
            ["id"] = $"batch_req_{id}",
            ["custom_id"] = line.Id,
            ["response"] = new JsonObject
            {
                ["status_code"] = status,
                ["request_id"] = id,
                ["body"] = body,
            },
            ["error"] = null,
        };

    private static JsonObject Plain(LineRequest line, JsonObject answer)
    {
        var result = line.Line.DeepClone().AsObject();
        var choice = answer["choices"]![0]!;
        if (line.Endpoint == LineReader.Chat)
        {
            result["messages"]!.AsArray().Add(choice["message"]!.DeepClone());
        }
        else
        {
            result["completion"] = choice["text"]!.DeepClone();
        }

        result["finish_reason"] = choice["finish_reason"]?.DeepClone();
        result["usage"] = answer["usage"]?.DeepClone();
        return result;
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString(JsonText.Relaxed));
}
