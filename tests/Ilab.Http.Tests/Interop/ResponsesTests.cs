using System.Net;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>OpenAI's Responses API of a running service: whole, streamed, stored and continued.</summary>
[Collection(HttpService.Collection)]
public sealed class ResponsesTests(HttpService service)
{
    private const string Path = "/v1/responses";
    private const string Ask = """ "model":"tiny","temperature":0,"max_output_tokens":6 """;

    [Fact]
    public async Task AnAnswerIsThatOfAChatInAnotherShape()
    {
        var (status, response) = await service.PostAsync(Path, $$"""{{{Ask}},"instructions":"Be brief.","input":"Hi","metadata":{"mine":"yes"} }""");
        Assert.True(status == HttpStatusCode.OK, response.ToJsonString());
        var (_, chat) = await service.PostAsync(
            "/v1/chat/completions",
            """{"model":"tiny","temperature":0,"max_tokens":6,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]}"""
        );
        Assert.Equal((string?)chat["choices"]![0]!["message"]!["content"], TextOf(response));
        Assert.Equal(
            ("response", "incomplete", "max_output_tokens", "yes"),
            (
                (string?)response["object"],
                (string?)response["status"],
                (string?)response["incomplete_details"]!["reason"],
                (string?)response["metadata"]!["mine"]
            )
        );
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)response["usage"]!["input_tokens"]!);
        Assert.Equal(6, (int)response["usage"]!["output_tokens"]!);
        Assert.Equal("Be brief.", (string?)response["instructions"]);
    }

    [Fact]
    public async Task WhatIsStoredCountsAgainstTheQuota()
    {
        // What other tests have stored belongs to the same user.
        await service.ReloadAsync(["http.loopback = user", "role.user.disk = 1K", "role.user.rpm = 100000"], Limited);
        try
        {
            for (var number = 0; number < 100; number++)
            {
                var (status, json) = await service.PostAsync(Path, $$"""{{{Ask}},"input":"Hi"}""");
                if (status == HttpStatusCode.TooManyRequests)
                {
                    Assert.Contains("of at most 0 MB on disk are used", (string?)json["error"]!["message"], StringComparison.Ordinal);
                    break;
                }

                Assert.True(number < 99, "the quota holds nobody back");
            }

            Assert.Equal(HttpStatusCode.TooManyRequests, (await service.PostAsync(Path, $$"""{{{Ask}},"input":"Hi","stream":true}""")).Status);
            Assert.Equal(HttpStatusCode.OK, (await service.PostAsync(Path, $$"""{{{Ask}},"input":"Hi","store":false}""")).Status);
        }
        finally
        {
            await service.ReloadAsync();
        }

        static bool Limited(HttpResponseMessage answer) => answer.Headers.Contains("x-ratelimit-limit-requests");
    }

    [Fact]
    public async Task EventsComeInTheOrderOfTheApi()
    {
        var (_, whole) = await service.PostAsync(Path, $$"""{{{Ask}},"input":"Hi"}""");
        var events = Events(await service.PostTextAsync(Path, $$"""{{{Ask}},"input":"Hi","stream":true}"""));
        var types = events.Select(static e => (string)e["type"]!).ToList();
        Assert.Equal(
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.incomplete",
            ],
            types.Distinct()
        );
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(static e => (int)e["sequence_number"]!));
        var text = string.Concat(events.Where(static e => (string?)e["type"] == "response.output_text.delta").Select(static e => (string)e["delta"]!));
        Assert.Equal(TextOf(whole), text);
        Assert.Equal(text, (string?)events[^4]["text"]);
        Assert.Equal(text, TextOf(events[^1]["response"]!));
        Assert.Equal((string?)events[0]["response"]!["id"], (string?)events[^1]["response"]!["id"]);
        Assert.Equal(text, TextOf(JsonNode.Parse(await service.Client.GetStringAsync($"{Path}/{events[0]["response"]!["id"]}"))!));
    }

    [Fact]
    public async Task AStoredAnswerIsContinuedShownAndDeleted()
    {
        var (_, first) = await service.PostAsync(Path, $$"""{{{Ask}},"input":"One"}""");
        var id = (string)first["id"]!;
        Assert.Equal(first.ToJsonString(), JsonNode.Parse(await service.Client.GetStringAsync($"{Path}/{id}"))!.ToJsonString());
        var (_, second) = await service.PostAsync(Path, $$"""{{{Ask}},"input":"Two","previous_response_id":"{{id}}"}""");
        var (_, chat) = await service.PostAsync(
            "/v1/chat/completions",
            new JsonObject
            {
                ["model"] = "tiny",
                ["temperature"] = 0,
                ["max_tokens"] = 6,
                ["messages"] = new JsonArray(Message("user", "One"), Message("assistant", TextOf(first)), Message("user", "Two")),
            }.ToJsonString()
        );
        Assert.Equal((string?)chat["choices"]![0]!["message"]!["content"], TextOf(second));
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)second["usage"]!["input_tokens"]!);

        var items = JsonNode.Parse(await service.Client.GetStringAsync($"{Path}/{second["id"]}/input_items?order=asc"))!;
        Assert.Equal("Two", (string?)Assert.Single(items["data"]!.AsArray())!["content"]![0]!["text"]);
        Assert.False((bool)items["has_more"]!);
        using (var deleted = await service.Client.DeleteAsync($"{Path}/{id}"))
        {
            Assert.Equal($$"""{"id":"{{id}}","object":"response","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        }

        using var gone = await service.Client.GetAsync($"{Path}/{id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var (status, lost) = await service.PostAsync(Path, $$"""{{{Ask}},"input":"Three","previous_response_id":"{{second["id"]}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "previous_response_not_found"), (status, (string?)lost["error"]!["code"]));
    }

    [Fact]
    public async Task WhatIsNotToBeStoredIsNot()
    {
        var (_, response) = await service.PostAsync(Path, $$"""{{{Ask}},"input":"One","store":false}""");
        using var answer = await service.Client.GetAsync($"{Path}/{response["id"]}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task CallsAndTheirOutputAreReadAsTheTemplateKnowsThem()
    {
        var (status, response) = await service.PostAsync(
            Path,
            $$"""
            {{{Ask}},"tools":[{"type":"function","name":"look","parameters":{"type":"object"} }],"top_logprobs":1,"input":[
              {"role":"user","content":[{"type":"input_text","text":"Look"}]},
              {"type":"function_call","call_id":"c1","name":"look","arguments":"{\"at\":\"it\"}"},
              {"type":"function_call_output","call_id":"c1","output":"a boat"}]}
            """
        );
        Assert.True(status == HttpStatusCode.OK, response.ToJsonString());
        var (_, chat) = await service.PostAsync(
            "/v1/chat/completions",
            """
            {"model":"tiny","temperature":0,"max_tokens":6,"tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}],"messages":[
              {"role":"user","content":"Look"},
              {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\":\"it\"}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"a boat"}]}
            """
        );
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)response["usage"]!["input_tokens"]!);
        Assert.Equal(6, response["output"]![0]!["content"]![0]!["logprobs"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(""" "input":"a","model":"nope" """, 404, "nope")]
    [InlineData(""" "model":"tiny" """, 400, "input")]
    [InlineData(""" "model":"tiny","input":[] """, 400, "input")]
    [InlineData(""" "model":"tiny","input":5 """, 400, "input")]
    [InlineData(""" "model":"tiny","input":[5] """, 400, "input")]
    [InlineData(""" "model":"tiny","input":[{"role":"boss","content":"a"}] """, 400, "input[0].role")]
    [InlineData(""" "model":"tiny","input":[{"type":"web_search_call"}] """, 400, "input[0].type")]
    [InlineData(""" "model":"tiny","input":[{"role":"user","content":[{"type":"input_image"}]}] """, 400, "input_image")]
    [InlineData(""" "model":"tiny","input":"a","background":true """, 400, "background")]
    [InlineData(""" "model":"tiny","input":"a","text":{"format":{"type":"json_schema"}} """, 400, "text.format")]
    [InlineData(""" "model":"tiny","input":"a","tool_choice":"required" """, 400, "tool_choice")]
    [InlineData(""" "model":"tiny","input":"a","tools":[{"type":"web_search"}] """, 400, "tools[0].type")]
    [InlineData(""" "model":"tiny","input":"a","max_output_tokens":0 """, 400, "max_output_tokens")]
    [InlineData(""" "model":"tiny","input":"a","previous_response_id":"resp_x" """, 400, "resp_x")]
    [InlineData(""" "model":"tiny","input":"a","include":["file_search_call.results"] """, 400, "include")]
    public async Task AFaultIsRefusedByName(string fields, int status, string said)
    {
        var (answered, json) = await service.PostAsync(Path, $"{{{fields}}}");
        Assert.True((HttpStatusCode)status == answered, json.ToJsonString());
        Assert.Contains(said, (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task WhatDoesNotFitIsRefusedWithTheNumbers(string more)
    {
        var (status, json) = await service.PostAsync(Path, $$"""{"model":"tiny","input":"{{new string('x', 3000)}}"{{more}}}""");
        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (status, (string?)json["error"]!["code"]));
        Assert.Contains($"{HttpService.ContextLength}", (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static string TextOf(JsonNode response) => (string)response["output"]![0]!["content"]![0]!["text"]!;

    private static List<JsonNode> Events(string stream)
    {
        var events = new List<JsonNode>();
        foreach (var e in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = e.Split('\n');
            var data = JsonNode.Parse(lines[1]["data: ".Length..])!;
            Assert.Equal($"event: {data["type"]}", lines[0]);
            events.Add(data);
        }

        return events;
    }
}
