using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>Files and batches in OpenAI's shape, of a running service.</summary>
[Collection(HttpService.Collection)]
public sealed class BatchTests(HttpService service)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task EveryLineHasItsResult()
    {
        var lines = new[]
        {
            Line("a", "/v1/chat/completions", """{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"max_tokens":4,"temperature":0}"""),
            Line("b", "/v1/chat/completions", """{"model":"nope","messages":[{"role":"user","content":"Hi"}]}"""),
            Line("c", "/v1/chat/completions", """{"model":"tiny","messages":[{"role":"user","content":"Über"}],"n":2,"max_tokens":3}"""),
            Line("d", "/v1/chat/completions", """{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"stream":true}"""),
        };
        var file = await UploadAsync(string.Join('\n', lines));
        Assert.Equal(
            (lines.Sum(static line => Encoding.UTF8.GetByteCount(line) + 1), "batch", "processed"),
            ((int)file["bytes"]!, (string?)file["purpose"], (string?)file["status"])
        );
        var batch = await CreateAsync((string)file["id"]!, "/v1/chat/completions", ""","metadata":{"mine":"yes"}""");
        Assert.Equal(("batch", "yes"), ((string?)batch["object"], (string?)batch["metadata"]!["mine"]));
        var ended = await EndAsync((string)batch["id"]!);
        Assert.Equal(("completed", 4, 2, 2), Summary(ended));

        var answers = await ContentAsync((string)ended["output_file_id"]!);
        Assert.Equal(["a", "c"], answers.Select(static line => (string?)line["custom_id"]));
        Assert.All(answers, static line => Assert.Equal(200, (int)line["response"]!["status_code"]!));
        Assert.Equal("chat.completion", (string?)answers[0]["response"]!["body"]!["object"]);
        Assert.Equal(2, answers[1]["response"]!["body"]!["choices"]!.AsArray().Count);
        var alone = await service.PostAsync(
            "/v1/chat/completions",
            """{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"max_tokens":4,"temperature":0}"""
        );
        Assert.Equal((int)alone.Json["usage"]!["total_tokens"]!, (int)answers[0]["response"]!["body"]!["usage"]!["total_tokens"]!);

        var errors = await ContentAsync((string)ended["error_file_id"]!);
        Assert.Equal([404, 400], errors.Select(static line => (int)line["response"]!["status_code"]!));
        Assert.Equal("model_not_found", (string?)errors[0]["response"]!["body"]!["error"]!["code"]);
        Assert.Equal("stream", (string?)errors[1]["response"]!["body"]!["error"]!["param"]);
    }

    [Fact]
    public async Task FilesAreListedShownAndDeleted()
    {
        var text = Line("é", "/v1/embeddings", """{"model":"tiny","input":"a"}""");
        var (one, two) = ((string)(await UploadAsync(text))["id"]!, (string)(await UploadAsync(text))["id"]!);
        var all = await GetAsync("/v1/files?purpose=batch");
        var ids = all["data"]!.AsArray().Select(static file => (string)file!["id"]!).ToList();
        Assert.Contains(one, ids);
        Assert.Contains(two, ids);
        var page = await GetAsync($"/v1/files?limit=1&after={ids[0]}");
        Assert.Equal((ids[1], 1), ((string)page["first_id"]!, page["data"]!.AsArray().Count));
        Assert.Equal(text + "\n", await service.Client.GetStringAsync($"/v1/files/{one}/content"));
        using (var deleted = await service.Client.DeleteAsync($"/v1/files/{one}"))
        {
            Assert.Equal($$"""{"id":"{{one}}","object":"file","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        }

        Assert.Equal(404, await StatusAsync($"/v1/files/{one}"));
        Assert.Equal(text + "\n", await service.Client.GetStringAsync($"/v1/files/{two}/content")); // the same bytes, another file
        var ended = await EndAsync((string)(await CreateAsync(two, "/v1/embeddings"))["id"]!);
        var output = (string)ended["output_file_id"]!;
        Assert.Equal(64, (await ContentAsync(output))[0]["response"]!["body"]!["data"]![0]!["embedding"]!.AsArray().Count);
        Assert.Contains(output, await service.Client.GetStringAsync("/v1/files"), StringComparison.Ordinal);
        (await service.Client.DeleteAsync($"/v1/files/{output}")).Dispose();
        Assert.Equal(404, await StatusAsync($"/v1/files/{output}/content"));
        Assert.Null((await GetAsync($"/v1/batches/{ended["id"]}"))["output_file_id"]);
    }

    [Fact]
    public async Task WrongLinesAreNamedBeforeAnythingIsComputed()
    {
        var body = """{"model":"tiny","prompt":"a","max_tokens":1}""";
        var file = await UploadAsync(
            $"{Line("a", "/v1/completions", body)}\n{{\"custom_id\":\n\n{Line("a", "/v1/completions", body)}\n{Line("b", "/v1/embeddings", body)}\n"
                + """{"custom_id":"c","method":"POST","url":"/v1/completions"}"""
        );
        var ended = await EndAsync((string)(await CreateAsync((string)file["id"]!, "/v1/completions"))["id"]!);
        Assert.Equal("failed", (string?)ended["status"]);
        var errors = ended["errors"]!["data"]!.AsArray();
        Assert.Equal(
            ["2 invalid_json_line", "4 duplicate_custom_id", "5 invalid_url", "6 invalid_request"],
            errors.Select(static error => $"{error!["line"]} {error["code"]}")
        );
    }

    [Fact]
    public async Task ACancelledBatchKeepsWhatItHas()
    {
        var body = """{"model":"tiny","prompt":"Once","max_tokens":400}""";
        var file = await UploadAsync(string.Join('\n', Enumerable.Range(0, 2000).Select(number => Line($"{number}", "/v1/completions", body))));
        var id = (string)(await CreateAsync((string)file["id"]!, "/v1/completions"))["id"]!;
        await UntilAsync(id, static batch => (int)batch["request_counts"]!["completed"]! > 0);
        var (_, cancelled) = await service.PostAsync($"/v1/batches/{id}/cancel", "{}");
        Assert.Equal("cancelled", (string?)cancelled["status"]);
        var (counts, answers) = (cancelled["request_counts"]!, await ContentAsync((string)cancelled["output_file_id"]!));
        Assert.Equal((2000, (int)counts["completed"]!), ((int)counts["total"]!, answers.Count));
        Assert.InRange(answers.Count, 1, 1999);
        Assert.Contains(id, await service.Client.GetStringAsync("/v1/batches?limit=100"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LinesMayNoMoreThanTheRequestsOfTheirUser()
    {
        var line = """{"model":"tiny","prompt":"Once","max_tokens":300}""";
        string[] all = [.. Enumerable.Range(0, 6).Select(number => Line($"{number}", "/v1/completions", line))];
        await service.ReloadAsync(["http.loopback = user", "role.user.requests = 1", "role.user.rpm = 100000"], static answer => LimitOf(answer) == "100000");
        try
        {
            var (most, ended) = (0.0, (JsonNode?)null);
            var id = (string)(await CreateAsync((string)(await UploadAsync(string.Join('\n', all)))["id"]!, "/v1/completions"))["id"]!;
            while ((ended = await GetAsync($"/v1/batches/{id}"))["status"]!.ToString() is "validating" or "in_progress")
            {
                most = Math.Max(most, await RunningAsync());
            }

            Assert.Equal(("completed", 6, 6, 0), Summary(ended));
            Assert.InRange(most, 0, 1);

            // What the user may not use, a batch does not either.
            await service.ReloadAsync(["http.loopback = user", "see.models = own", "role.user.rpm = 200000"], static answer => LimitOf(answer) == "200000");
            Assert.Equal(HttpStatusCode.Forbidden, (await service.PostAsync("/v1/completions", line)).Status);
            ended = await EndAsync((string)(await CreateAsync((string)(await UploadAsync(all[0]))["id"]!, "/v1/completions"))["id"]!);
            Assert.Equal(403, (int)(await ContentAsync((string)ended["error_file_id"]!))[0]["response"]!["status_code"]!);
        }
        finally
        {
            await service.ReloadAsync();
        }

        static string? LimitOf(HttpResponseMessage answer) =>
            answer.Headers.TryGetValues("x-ratelimit-limit-requests", out var values) ? values.Single() : null;
    }

    private async Task<double> RunningAsync() =>
        PrometheusText
            .Parse(await service.Client.GetStringAsync("/metrics"))
            .Where(static sample => sample.Name == "ilab_model_requests_running")
            .Sum(static sample => sample.Value);

    [Theory]
    [InlineData("""{"input_file_id":"file-nope","endpoint":"/v1/completions","completion_window":"24h"}""", 404, "file-nope")]
    [InlineData("""{"input_file_id":"x","endpoint":"/v1/nope","completion_window":"24h"}""", 400, "endpoint")]
    [InlineData("""{"input_file_id":"x","endpoint":"/v1/completions","completion_window":"1h"}""", 400, "completion_window")]
    [InlineData("""{"endpoint":"/v1/completions","completion_window":"24h"}""", 400, "input_file_id")]
    [InlineData("""{"input_file_id":5}""", 400, "input_file_id")]
    [InlineData("""{"input_file_id":"x","endpoint":"/v1/completions","completion_window":"24h","output_expires_after":{}}""", 400, "output_expires_after")]
    [InlineData("[", 400, "JSON")]
    public async Task AFaultIsRefusedByName(string body, int status, string said)
    {
        var (answered, json) = await service.PostAsync("/v1/batches", body);
        Assert.Equal((HttpStatusCode)status, answered);
        Assert.Contains(said, (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/files/file-00000000000000000000000000000000")]
    [InlineData("/v1/files/file-00000000000000000000000000000000-output/content")]
    [InlineData("/v1/files/../../etc/passwd")]
    [InlineData("/v1/files/file-%20")]
    [InlineData("/v1/batches/batch_00000000000000000000000000000000")]
    [InlineData("/v1/batches/nope")]
    public async Task WhatIsNotThereIsNotFound(string path) => Assert.Equal(404, await StatusAsync(path));

    [Theory]
    [InlineData("application/json", "{}", 415)]
    [InlineData("multipart/form-data", "x", 415)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b--\r\n", 400)] // without a file
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx", 400)] // not to its end
    [InlineData("multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n", 400)]
    [InlineData("multipart/form-data; boundary=b", "nonsense", 400)]
    public async Task AFormThatIsNoneIsRefused(string type, string body, int status)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await service.Client.PostAsync("/v1/files", content);
        Assert.True(status == (int)answer.StatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        Assert.Equal("invalid_request_error", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["type"]);
    }

    [Fact]
    public async Task OtherFieldsOfAFormAreLeftOutWhateverTheirSize()
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent("{}\n"u8.ToArray());
        using var purpose = new StringContent("batch");
        using var large = new StringContent(new string('x', 1 << 20));
        form.Add(large, "other");
        form.Add(purpose, "purpose");
        form.Add(file, "file", "lines.jsonl");
        using var answer = await service.Client.PostAsync("/v1/files", form);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Line(string id, string url, string body) => $$"""{"custom_id":"{{id}}","method":"POST","url":"{{url}}","body":{{body}}}""";

    private static (string?, int, int, int) Summary(JsonNode batch) =>
        (
            (string?)batch["status"],
            (int)batch["request_counts"]!["total"]!,
            (int)batch["request_counts"]!["completed"]!,
            (int)batch["request_counts"]!["failed"]!
        );

    private async Task<JsonNode> UploadAsync(string text)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(text + "\n"));
        using var purpose = new StringContent("batch");
        form.Add(file, "file", "lines.jsonl"); // before the purpose, as some clients send it
        form.Add(purpose, "purpose");
        using var answer = await service.Client.PostAsync("/v1/files", form);
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, said);
        return JsonNode.Parse(said)!;
    }

    private async Task<JsonNode> CreateAsync(string file, string endpoint, string more = "")
    {
        var (status, json) = await service.PostAsync(
            "/v1/batches",
            $$"""{"input_file_id":"{{file}}","endpoint":"{{endpoint}}","completion_window":"24h"{{more}}}"""
        );
        Assert.True(status == HttpStatusCode.OK, json.ToJsonString());
        return json;
    }

    private Task<JsonNode> EndAsync(string id) => UntilAsync(id, static batch => (string?)batch["status"] is not ("validating" or "in_progress"));

    private async Task<JsonNode> UntilAsync(string id, Func<JsonNode, bool> isSo)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var batch = await GetAsync($"/v1/batches/{id}");
            if (isSo(batch))
            {
                return batch;
            }

            await Task.Delay(100, deadline.Token); // the API has nothing to wait for
        }
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await service.Client.GetStringAsync(path))!;

    private async Task<int> StatusAsync(string path)
    {
        using var answer = await service.Client.GetAsync(path);
        return (int)answer.StatusCode;
    }

    private async Task<List<JsonNode>> ContentAsync(string file) =>
        [
            .. (await service.Client.GetStringAsync($"/v1/files/{file}/content"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonNode.Parse(line)!),
        ];
}
