using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Data.Synthesis;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Sources;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;
using SynthesisRequest = Ilab.Data.Synthesis.SynthesisRequest;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    private const long MostBytes = 512L << 20;
    private const int UsualChunk = 500,
        UsualOverlap = 100,
        UsualScale = 30,
        UsualBatch = 8,
        UsualTimeout = 300,
        UsualPatience = 600;

    public override async Task<GenerateDataResponse> Generate(IAsyncStreamReader<GenerateDataRequest> requestStream, ServerCallContext context)
    {
        var (cancellationToken, caller) = (context.CancellationToken, context.GetCaller());
        if (!await requestStream.MoveNext(cancellationToken) || requestStream.Current.Options is not { } options)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the first message of a generation must contain its options");
        }

        var request = await RequestOfAsync(options, caller, cancellationToken);
        await catalog.RequireFreeAsync(caller, request.Name, request.Replace, cancellationToken);
        var inputs = await InputsAsync(requestStream, cancellationToken);
        var plan = await SynthesisPlanner.PlanAsync(request, inputs, cancellationToken);
        var response = new GenerateDataResponse { Plan = ToWire(plan, request) };
        if (options.DryRun)
        {
            return response;
        }

        request = request with { Inputs = SynthesisHandler.Put(catalog.Content, inputs) };
        var leaves = plan.Leaves.Count == 1 ? plan.Leaves[0].Path : $"{plan.Leaves.Count} leaves";
        var job = await jobs.CreateAsync(
            new NewJob(
                SynthesisHandler.JobKind,
                $"generate {request.Name} from {leaves}",
                SynthesisHandler.ToJson(request),
                options.RequestId,
                caller,
                request.Labels
            )
            {
                Secret = request.Teacher.KeySecret.Length == 0 ? options.Teacher?.Key : null,
            },
            cancellationToken
        );
        response.JobId = job.Id;
        return response;
    }

    private async Task<SynthesisRequest> RequestOfAsync(GenerateDataOptions options, Caller caller, CancellationToken cancellationToken)
    {
        if (options.Similarity is < 0 or > 1 || options.ChunkTokens is > 0 and < 16 || options.Samples > 1_000_000)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "similarity must be 0 to 1, chunk_tokens at least 16, and samples at most 1000000");
        }

        return new SynthesisRequest
        {
            Name = options.Name.Length > 0 ? options.Name : "generated",
            Replace = options.Replace,
            Labels = new Dictionary<string, string>(options.Labels),
            Teacher = await TeacherOfAsync(options.Teacher ?? new Teacher(), caller, cancellationToken),
            Pipeline = options.Pipeline.Length > 0 ? options.Pipeline : "simple",
            Samples = (int)options.Samples,
            Scale = Or(options.Scale, UsualScale),
            Seed = options.Seed,
            ChunkTokens = Or(options.ChunkTokens, UsualChunk),
            ChunkOverlap = options.HasChunkOverlap ? (int)options.ChunkOverlap : UsualOverlap,
            Concurrency = (int)Math.Min(options.Concurrency, 1000),
            Batch = Or(options.Batch, UsualBatch),
            Similarity = options.Similarity,
            TaxonomyCommit = options.TaxonomyCommit,
            SystemPrompt = options.SystemPrompt,
            MaxTokens = (int)Math.Min(options.MaxTokens, 1 << 20),
            ContinueJob = options.ContinueJob.Length > 0 ? (await jobs.FindOwnAsync(caller, options.ContinueJob, cancellationToken)).Id : "",
        };
    }

    private async Task<TeacherChoice> TeacherOfAsync(Teacher teacher, Caller caller, CancellationToken cancellationToken)
    {
        if (teacher.Model.Length == 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "no teacher model specified", "use --teacher, and --teacher-url if it is remote");
        }

        if (teacher.Url.Length > 0 && !(Uri.TryCreate(teacher.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"\"{teacher.Url}\" is not a valid teacher URL", "use the form https://host/v1");
        }

        SourceList.RefuseCredentials(teacher.Url);
        if (teacher.KeySecret.Length > 0)
        {
            secrets.Require(caller.Uid, teacher.KeySecret);
        }

        var model = teacher.Url.Length > 0 ? null : await models.FindGeneratorAsync(caller, teacher.Model, cancellationToken);
        return new TeacherChoice
        {
            Name =
                model is null ? teacher.Model
                : model.Name.Length > 0 ? model.Name
                : model.Digest.Short,
            Digest = model?.Digest.ToString() ?? "",
            Url = teacher.Url,
            KeySecret = teacher.KeySecret,
            RequestsPerMinute = (int)teacher.RequestsPerMinute,
            TokensPerMinute = (int)teacher.TokensPerMinute,
            TimeoutSeconds = Or(teacher.TimeoutSeconds, UsualTimeout),
            PatienceSeconds = Or(teacher.PatienceSeconds, UsualPatience),
        };
    }

    private static int Or(uint value, int usual) => value == 0 ? usual : (int)Math.Min(value, int.MaxValue);

    private static async Task<SynthesisInputs> InputsAsync(IAsyncStreamReader<GenerateDataRequest> stream, CancellationToken cancellationToken)
    {
        var files = new List<InputFile>();
        var left = MostBytes;
        while (await stream.MoveNext(cancellationToken))
        {
            var input = stream.Current.Input ?? throw new EngineException(ErrorKind.InvalidArgument, "only files may follow the options");
            if ((left -= input.Content.Length) < 0)
            {
                throw new EngineException(ErrorKind.InvalidArgument, $"the input files exceed {ByteText.Of(MostBytes)}", "generate from fewer files at a time");
            }

            files.Add(new InputFile((InputKind)(int)input.Kind, input.Path, input.FullPath, input.Leaf, input.Content.ToByteArray()));
        }

        return new SynthesisInputs(files);
    }

    private static Api.V1.SynthesisPlan ToWire(Data.Synthesis.SynthesisPlan plan, SynthesisRequest request)
    {
        var wire = new Api.V1.SynthesisPlan
        {
            Calls = (ulong)plan.Calls,
            PromptTokens = (ulong)plan.PromptTokens,
            AnswerTokens = (ulong)plan.AnswerTokens,
            Pipeline = request.Pipeline,
            Teacher = request.Teacher.Name,
        };
        wire.Notes.AddRange(plan.Notes);
        wire.Leaves.AddRange(
            plan.Leaves.Select(static leaf => new Api.V1.PlannedLeaf
            {
                Path = leaf.Path,
                Kind = leaf.Kind,
                Seeds = (uint)leaf.Seeds,
                Chunks = (uint)leaf.Chunks,
                Calls = (ulong)leaf.Calls,
                PromptTokens = (ulong)leaf.PromptTokens,
                AnswerTokens = (ulong)leaf.AnswerTokens,
            })
        );
        return wire;
    }
}
