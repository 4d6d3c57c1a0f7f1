using System.Globalization;
using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Errors;
using Ilab.Jinja;
using Ilab.Taxonomy;

namespace Ilab.Data.Synthesis.Leaves;

/// <summary>Reads qna.yaml files and documents as leaves. Files that the checker rejects are rejected with the same messages.</summary>
internal sealed class LeafReader(SynthesisInputs inputs, Chunker chunker)
{
    private const int MostProblems = 10;

    /// <exception cref="EngineException">INVALID_ARGUMENT, naming all invalid files.</exception>
    public async Task<IReadOnlyList<Leaf>> ReadAsync(CancellationToken cancellationToken)
    {
        var questions = inputs.Files.Where(static file => file.Kind == InputKind.Questions).OrderBy(static file => file.Path, StringComparer.Ordinal).ToList();
        if (questions.Count == 0)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                "nothing to generate from",
                "change or add a qna.yaml, or specify files; 'ilab tax diff' lists changes"
            );
        }

        Check(questions);
        var leaves = new List<Leaf>();
        var paths = LeafNames.PathsOf(questions);
        foreach (var (file, path) in questions.Zip(paths))
        {
            leaves.Add(await ReadAsync(file, path, cancellationToken).ConfigureAwait(false));
        }

        return LeafNames.WithFileNames(leaves);
    }

    private static void Check(IEnumerable<InputFile> files)
    {
        var problems = files
            .Select(static file => TaxonomyChecker.Check(new TaxonomyFile(file.Path, file.FullPath, file.Content, file.Content.Length), SchemaMode.Ilab))
            .SelectMany(static verdict => verdict.Findings)
            .Where(static finding => finding.Level == FindingLevel.Error)
            .ToList();
        if (problems.Count > 0)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                string.Join("; ", problems.Take(MostProblems).Select(static finding => $"{finding.Path}:{finding.Line}: {finding.Message}"))
                    + (problems.Count > MostProblems ? $"; {problems.Count - MostProblems} more" : ""),
                "run 'ilab tax check' for all problems and their fixes"
            );
        }
    }

    private async Task<Leaf> ReadAsync(InputFile file, string path, CancellationToken cancellationToken)
    {
        var root =
            YamlValues.From(YamlDocument.Read(file.Content).Root) as IDictionary<string, object?>
            ?? throw new EngineException(ErrorKind.InvalidArgument, $"{file.Path} is empty", "add questions and answers, or exclude it");
        var examples = ((List<object?>)root["seed_examples"]!).Cast<IDictionary<string, object?>>().ToList();
        return root.ContainsKey("document") || root.ContainsKey("document_outline")
            ? await KnowledgeAsync(file, path, root, examples, cancellationToken).ConfigureAwait(false)
            : Skill(path, root, examples);
    }

    private static Leaf Skill(string path, IDictionary<string, object?> root, List<IDictionary<string, object?>> examples)
    {
        var isGrounded = examples.Any(static example => example.ContainsKey("context"));
        var kind = isGrounded ? "grounded_skill" : "freeform_skill";
        var rows = new List<Row>();
        foreach (var example in examples)
        {
            var columns = new OrderedDictionary<string, object?>
            {
                ["task_description"] = root.TryGetValue("task_description", out var task) ? Text(task) : "",
                ["seed_question"] = Text(example["question"]),
                ["seed_response"] = Text(example["answer"]),
            };
            if (isGrounded)
            {
                columns["seed_context"] = example.TryGetValue("context", out var context) ? Text(context) : "";
            }

            columns["leaf_node_type"] = kind;
            columns["leaf_node_path"] = path;
            rows.Add(new Row(columns));
        }

        var tests = examples
            .Select(static example =>
                (
                    example.TryGetValue("context", out var context) ? $"{Text(example["question"])}\n{Text(context)}" : Text(example["question"]),
                    Text(example["answer"])
                )
            )
            .ToList();
        return new Leaf(path, kind, rows, tests, 0);
    }

    private async Task<Leaf> KnowledgeAsync(
        InputFile file,
        string path,
        IDictionary<string, object?> root,
        List<IDictionary<string, object?>> examples,
        CancellationToken cancellationToken
    )
    {
        var documents = inputs
            .Files.Where(input => input.Kind == InputKind.Document && input.Leaf == file.Path)
            .OrderBy(static input => input.Path, StringComparer.Ordinal)
            .ToList();
        if (documents.Count == 0)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{file.Path}: no documents found",
                "check its patterns, or specify a directory with --documents"
            );
        }

        var chunks = new List<string>();
        foreach (var document in documents)
        {
            chunks.AddRange(
                await chunker
                    .CutAsync(await DocumentText.ReadAsync(document.Path, document.Content, cancellationToken).ConfigureAwait(false), cancellationToken)
                    .ConfigureAwait(false)
            );
        }

        var rows = chunks.SelectMany(chunk => examples.Select(example => Seed(root, path, chunk, example))).ToList();
        var tests = examples.SelectMany(static example => Pairs(example)).ToList();
        return new Leaf(path, "knowledge", rows, tests, chunks.Count);
    }

    private static Row Seed(IDictionary<string, object?> root, string path, string chunk, IDictionary<string, object?> example)
    {
        var columns = new OrderedDictionary<string, object?>
        {
            ["document"] = chunk,
            ["icl_document"] = Text(example["context"]),
            ["document_outline"] = Text(root["document_outline"]),
            ["domain"] = Text(root["domain"]),
        };
        foreach (var (index, (question, answer)) in Pairs(example).Index())
        {
            columns[string.Create(CultureInfo.InvariantCulture, $"icl_query_{index + 1}")] = question;
            columns[string.Create(CultureInfo.InvariantCulture, $"icl_response_{index + 1}")] = answer;
        }

        columns["leaf_node_type"] = "knowledge";
        columns["leaf_node_path"] = path;
        return new Row(columns);
    }

    private static IEnumerable<(string Question, string Answer)> Pairs(IDictionary<string, object?> example) =>
        ((List<object?>)example["questions_and_answers"]!)
            .Cast<IDictionary<string, object?>>()
            .Select(static pair => (Text(pair["question"]), Text(pair["answer"])));

    private static string Text(object? value) => value is null ? "" : Values.Text(value).Trim();
}
