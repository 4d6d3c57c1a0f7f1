using System.Reflection;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A caller over TCP names files of another machine: the service reads and writes none of its own, and does not tell which there are.</summary>
public sealed partial class RemoteFilesTests : IAsyncLifetime
{
    private const string Records = """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""";

    // Fields that are called like files, and only name: what is in a dataset or is sent, or a place in messages.
    private static readonly string[] Names =
    [
        "ImportDatasetStart.file_name",
        "ImportModelRequest.modelfile",
        "MixDatasetsRequest.recipe_file",
        "MixPart.file",
        "ReadDatasetRequest.file",
        "SynthesisInput.full_path",
        "SynthesisInput.path",
        "TaxonomyFile.full_path",
        "TaxonomyFile.path",
        "UploadStart.file_name",
        "WizardRequest.folder", // see NoAnswerTellsWhichFilesThereAre
    ];

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();
    private IlabClient _far = null!;
    private IlabClient _near = null!;

    public async Task InitializeAsync()
    {
        RandomLlama.Write(Model, LlamaShape.Smallest, "own");
        await File.WriteAllTextAsync(Data, Records + "\n");
        await _ilab.StartAsync("--grpc", "127.0.0.1:0", "--threads", "1");
        (await _ilab.RunAsync("model", "import", Model, "--name", "own")).Expect(0);
        var token = Path.Combine(_ilab.Root, "token");
        await File.WriteAllTextAsync(token, (await _ilab.RunAsync("token", "create", "--scope", "look,run,own,import,train")).Expect(0).Output);
        var address = (await _ilab.LogLineAsync("gRPC at ")).Split(' ')[^1].Replace("http://", "tcp://", StringComparison.Ordinal);
        _far = IlabClient.Create(Endpoint.Parse(address, security: new ConnectionSecurity(TokenFile: token)));
        _near = IlabClient.Create(new Endpoint(EndpointScheme.Unix, _ilab.Socket));
    }

    public async Task DisposeAsync()
    {
        _far?.Dispose();
        _near?.Dispose();
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    private string Model => Path.Combine(_ilab.Root, "own.gguf");

    private string Data => Path.Combine(_ilab.Root, "own.jsonl");

    private string Output => Path.Combine(_ilab.Root, "written");

    [Fact]
    public async Task EveryCallRefusesFilesOfTheService()
    {
        var cases = Cases().ToList();
        Assert.Equal(FileFields().Order(StringComparer.Ordinal), cases.Select(static one => one.Field).Concat(Names).Distinct().Order(StringComparer.Ordinal));
        var wrong = new List<string>();
        foreach (var (field, kind, call) in cases)
        {
            if (await Record.ExceptionAsync(call) is var refused && (refused as IlabException)?.Kind != kind)
            {
                wrong.Add($"{field}: {refused?.Message ?? "was not refused"}");
            }
        }

        Assert.Empty(wrong);
        Assert.False(Path.Exists(Output));

        // What was refused is right otherwise: it is read for a caller on this machine.
        Assert.Equal("mixed:latest", (await _near.Data.MixAsync(Mix())).Dataset.Name);
    }

    [Fact]
    public async Task NoAnswerTellsWhichFilesThereAre()
    {
        foreach (var prefix in new[] { "", "./", _ilab.Root + "/" })
        {
            await AreAlikeAsync(name => ImportAsync($"FROM {prefix}{name}.gguf\n"));
            await AreAlikeAsync(name => ImportAsync($"FROM own\nADAPTER {prefix}{name}.gguf\n"));
            await AreAlikeAsync(async name => await _far.Data.MixAsync(RecipeOf($"{prefix}{name}.jsonl")));
        }

        var (there, absent, near) = (await WizardAsync(_far, "own"), await WizardAsync(_far, "odd"), await WizardAsync(_near, "own"));
        Assert.Equal(absent.Replace("odd", "own", StringComparison.Ordinal), there);
        Assert.NotEqual(near, there); // on this machine it looks into the file
    }

    /// <summary>It changes from one answer to the next.</summary>
    [GeneratedRegex(@"[0-9.]+ GB")]
    private static partial Regex FreeMemory();

    private async Task<string> WizardAsync(IlabClient client, string name)
    {
        var request = new WizardRequest
        {
            Kind = WizardKind.Train,
            Folder = _ilab.Root,
            Silent = true,
        };
        request.Given.Add("model", "own");
        request.Given.Add("dataset", name + ".jsonl");
        return FreeMemory().Replace((await client.Wizard.NextAsync(request)).ToString(), "free memory");
    }

    /// <summary>Of a name that there is, and one that there is not.</summary>
    private static async Task AreAlikeAsync(Func<string, Task> call)
    {
        var (there, absent) = (await Assert.ThrowsAsync<IlabException>(() => call("own")), await Assert.ThrowsAsync<IlabException>(() => call("odd")));
        Assert.Equal(absent.Kind, there.Kind);
        Assert.Equal(absent.Text, there.Text.Replace("own.", "odd.", StringComparison.Ordinal));
    }

    private IEnumerable<(string Field, ErrorKind Kind, Func<Task> Call)> Cases()
    {
        var selector = new ModelSelector { CheckpointPath = Model };
        yield return Case("ImportModelRequest.path", () => DrainAsync(_far.Models.Import(new ImportModelRequest { Path = Model }).ResponseStream));
        yield return Case(
            "ModelSelector.checkpoint_path",
            () => DrainAsync(_far.Inference.Generate(new GenerateRequest { Model = selector, Prompt = "a" }).ResponseStream)
        );
        yield return Case("ModelSelector.checkpoint_path", () => DrainAsync(_far.Inference.Load(new LoadModelRequest { Model = selector }).ResponseStream));
        yield return Case(
            "ModelSelector.checkpoint_path",
            async () => await _far.Inference.TokenizeAsync(new TokenizeRequest { Model = selector, Text = "a" })
        );
        yield return Case(
            "ModelSelector.checkpoint_path",
            async () =>
                await _far.Inference.RenderAsync(
                    new RenderRequest
                    {
                        Model = selector,
                        Conversation = new Conversation
                        {
                            Messages =
                            {
                                new ChatMessage { Role = "user", Content = "a" },
                            },
                        },
                    }
                )
        );
        yield return Case(
            "ModelSelector.checkpoint_path",
            async () => await _far.Inference.EmbedAsync(new EmbedRequest { Model = selector, Inputs = { new EmbedInput { Text = "a" } } })
        );
        yield return Case(
            "TrainModelRequest.data_path",
            async () =>
                await _far.Models.TrainAsync(
                    new TrainModelRequest
                    {
                        Base = "own",
                        DataPath = Data,
                        Name = "trained",
                    }
                )
        );
        yield return Case("ConvertModelRequest.path", async () => await _far.Models.ConvertAsync(new ConvertModelRequest { Path = _ilab.Root }));
        yield return Case(
            "ConvertModelRequest.tokenizer",
            async () => await _far.Models.ConvertAsync(new ConvertModelRequest { Path = Model, Tokenizer = Model })
        );
        yield return (
            "ConvertModelRequest.output",
            ErrorKind.PermissionDenied,
            async () => await _far.Models.ConvertAsync(new ConvertModelRequest { Reference = "own", Output = Output })
        );
        yield return Case(
            "QuantizeModelRequest.imatrix",
            async () =>
                await _far.Models.QuantizeAsync(
                    new QuantizeModelRequest
                    {
                        Reference = "own",
                        Type = "Q8_0",
                        Imatrix = Data,
                    }
                )
        );
        yield return Case(
            "QuantizeModelRequest.evaluate",
            async () =>
                await _far.Models.QuantizeAsync(
                    new QuantizeModelRequest
                    {
                        Reference = "own",
                        Type = "Q8_0",
                        Evaluate = Data,
                    }
                )
        );
        yield return Case("MixPart.path", async () => await _far.Data.MixAsync(Mix()));
        var plan = new PlanRunRequest
        {
            Verb = "model serve",
            Model = Path.GetFileName(Model),
            Directory = _ilab.Root,
        };
        yield return Case("PlanRunRequest.directory", async () => await _far.RunConfigs.PlanAsync(plan));
        yield return ("MixDatasetsRequest.recipe_directory", ErrorKind.NotFound, async () => await _far.Data.MixAsync(RecipeOf("own.jsonl")));

        static (string, ErrorKind, Func<Task>) Case(string field, Func<Task> call) => (field, ErrorKind.UploadRequired, call);
    }

    private MixDatasetsRequest Mix() => new() { Name = "mixed", Parts = { new MixPart { Path = Data } } };

    private MixDatasetsRequest RecipeOf(string path) =>
        new()
        {
            Name = "mixed",
            Recipe = ByteString.CopyFromUtf8($"datasets:\n- path: {path}\n  sampling_size: 1.0\n"),
            RecipeDirectory = _ilab.Root,
        };

    private Task ImportAsync(string modelfile) =>
        DrainAsync(
            _far.Models.Import(
                new ImportModelRequest
                {
                    Path = Path.Combine(_ilab.Root, "Modelfile"),
                    Name = "made",
                    Modelfile = modelfile,
                }
            ).ResponseStream
        );

    private static async Task DrainAsync<T>(IAsyncStreamReader<T> stream)
    {
        await foreach (var _ in stream.ReadAllAsync()) { }
    }

    /// <summary>Fields of requests that are called as if they named files, with the messages that they are in.</summary>
    private static IEnumerable<string> FileFields()
    {
        var files = typeof(MixPart)
            .Assembly.GetTypes()
            .Select(static type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>();
        var seen = new HashSet<MessageDescriptor>();
        var open = new Stack<MessageDescriptor>(
            files
                .Where(static file => file.Package == "ilab.v1")
                .SelectMany(static file => file.Services)
                .SelectMany(static service => service.Methods)
                .Select(static method => method.InputType)
        );
        while (open.TryPop(out var message))
        {
            if (seen.Add(message))
            {
                foreach (var field in message.Fields.InDeclarationOrder().Where(static field => field.FieldType == FieldType.Message))
                {
                    open.Push(field.MessageType);
                }
            }
        }

        return seen.SelectMany(static message => message.Fields.InDeclarationOrder())
            .Where(static field => field.FieldType == FieldType.String && FileLike().IsMatch(field.Name))
            .Select(static field => $"{field.ContainingType.Name}.{field.Name}");
    }

    [GeneratedRegex("path|file|folder|director|output|imatrix|evaluate|tokenizer|checkpoint")]
    private static partial Regex FileLike();
}
