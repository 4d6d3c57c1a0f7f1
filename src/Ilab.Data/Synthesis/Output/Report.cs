using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Data.Datasets;
using Ilab.Data.Synthesis.Teachers;

namespace Ilab.Data.Synthesis.Output;

/// <summary>Reports the results of a generation as JSON and HTML. Independent of interruptions.</summary>
internal sealed class Report(SynthesisRequest request, IReadOnlyList<LeafResult> results, DatasetStatistics statistics)
{
    private static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public string Json() =>
        new JsonObject
        {
            ["teacher"] = request.Teacher.Name,
            ["pipeline"] = request.Pipeline,
            ["seed"] = request.Seed,
            ["samples"] = statistics.Samples,
            ["calls"] = results.Sum(static result => result.Calls),
            ["prompt_tokens"] = results.Sum(static result => result.PromptTokens),
            ["answer_tokens"] = results.Sum(static result => result.AnswerTokens),
            ["cut_answers"] = CutAnswer.Count(results),
            ["question_words"] = Histogram(statistics.UserWords),
            ["answer_words"] = Histogram(statistics.AssistantWords),
            ["leaves"] = new JsonArray([.. results.Select(Leaf)]),
        }.ToJsonString(Writing) + "\n";

    public string Html()
    {
        var (teacher, pipeline) = (Text(request.Teacher.Name), Text(request.Pipeline));
        var calls = results.Sum(static result => result.Calls);
        var promptTokens = results.Sum(static result => result.PromptTokens);
        var answerTokens = results.Sum(static result => result.AnswerTokens);
        var html = new StringBuilder();
        html.Append(
            CultureInfo.InvariantCulture,
            $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Generated data</title>
            <style>
            body{font:15px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
            table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left}td.n{text-align:right}
            .bar{background:#69c;height:.8em}pre{white-space:pre-wrap;background:#f4f4f4;padding:.6em}
            </style></head><body>
            <h1>Generated data</h1>
            <p>{{statistics.Samples}} samples by {{teacher}} with the pipeline "{{pipeline}}", seed {{request.Seed}}: {{calls}} calls,
            {{promptTokens}} tokens of prompts, {{answerTokens}} tokens of answers.</p>
            <h2>Leaves</h2><table><tr><th>leaf</th><th>kind</th><th>seeds</th><th>samples</th><th>rejected</th><th>the same</th></tr>

            """
        );
        foreach (var result in results)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td>{Text(result.Leaf.Path)}</td><td>{result.Leaf.Kind}</td><td class=n>{result.Leaf.Rows.Count}</td>"
                    + $"<td class=n>{result.Samples.Count}</td>"
                    + $"<td class=n>{result.Rejected.Sum(static reason => reason.Value)}</td><td class=n>{result.Duplicates}</td></tr>\n"
            );
        }

        html.Append("</table>\n<h2>Rejected</h2>");
        var rejected = results
            .SelectMany(static result =>
                result.Rejected.OrderByDescending(static reason => reason.Value).Select(reason => (result.Leaf.Path, reason.Key, reason.Value))
            )
            .ToList();
        html.Append(rejected.Count == 0 ? "<p>Nothing.</p>\n" : "<table><tr><th>leaf</th><th>why</th><th>how often</th></tr>\n");
        foreach (var (path, reason, count) in rejected)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(path)}</td><td>{Text(reason)}</td><td class=n>{count}</td></tr>\n");
        }

        html.Append(rejected.Count == 0 ? "" : "</table>\n");
        html.Append(CutAnswer.Warning(results) is { } cut ? $"<p>{Text(cut)}.</p>\n" : "");
        Bars(html, "Words of questions", statistics.UserWords);
        Bars(html, "Words of answers", statistics.AssistantWords);
        html.Append("<h2>Samples</h2>\n");
        foreach (var sample in results.SelectMany(static result => result.Samples.Take(3)))
        {
            html.Append(CultureInfo.InvariantCulture, $"<h3>{Text(sample.Leaf.Path)}</h3><pre>{Text(sample.Question)}</pre><pre>{Text(sample.Answer)}</pre>\n");
        }

        return html.Append("</body></html>\n").ToString();
    }

    private static JsonNode Leaf(LeafResult result) =>
        new JsonObject
        {
            ["path"] = result.Leaf.Path,
            ["kind"] = result.Leaf.Kind,
            ["seeds"] = result.Leaf.Rows.Count,
            ["chunks"] = result.Leaf.Chunks,
            ["samples"] = result.Samples.Count,
            ["complete"] = result.IsComplete,
            ["duplicates"] = result.Duplicates,
            ["calls"] = result.Calls,
            ["rejected"] = new JsonObject(result.Rejected.Select(static reason => KeyValuePair.Create(reason.Key, (JsonNode?)reason.Value))),
        };

    private static JsonObject Histogram(IReadOnlyList<long> counts) =>
        new(counts.Select(static (count, index) => KeyValuePair.Create(Step(index), (JsonNode?)count)));

    private static string Step(int index) =>
        index < DatasetStatistics.Bounds.Count ? $"<={DatasetStatistics.Bounds[index]}" : $">{DatasetStatistics.Bounds[^1]}";

    private static void Bars(StringBuilder html, string title, IReadOnlyList<long> counts)
    {
        var most = Math.Max(1, counts.Max());
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><table>\n");
        foreach (var (index, count) in counts.Index())
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td>{Text(Step(index))}</td><td class=n>{count}</td><td style=\"width:20em\"><div class=bar style=\"width:{100 * count / most}%\"></div></td></tr>\n"
            );
        }

        html.Append("</table>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
