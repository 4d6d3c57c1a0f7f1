using Ilab.Configuration.Access;

namespace Ilab.Daemon.Access;

/// <summary>What a call needs.</summary>
/// <param name="Permission">The permission.</param>
/// <param name="Verb">For messages: what those without the permission may not do.</param>
/// <param name="Changes">Whether it may change something; other calls may be left out of the audit log.</param>
/// <param name="IsRequest">Whether it counts as a request to a model.</param>
internal sealed record CallRule(Permission Permission, string Verb, bool Changes = false, bool IsRequest = false)
{
    /// <summary>Whether it stores something, and counts against the quota of disk space.</summary>
    public bool Stores { get; init; }

    /// <summary>Whether it starts work that takes memory.</summary>
    public bool TakesMemory { get; init; }
}

/// <summary>
/// The table of all calls, of gRPC and HTTP. A call that is not in it is refused; a test compares it with the services. Whether the caller owns
/// what a call changes is decided by the engine, in the transaction that changes it.
/// </summary>
internal static class CallRules
{
    private const string V1 = "/ilab.v1.";

    private static readonly CallRule Open = new(Permission.Open, "do this"),
        Look = new(Permission.Look, "look at what the service has"),
        Run = new(Permission.Run, "run models", Changes: true),
        Request = new(Permission.Run, "run models", Changes: true, IsRequest: true),
        Own = new(Permission.Own, "have names, jobs, secrets and tokens", Changes: true),
        Batch = new(Permission.Run, "run models", Changes: true) { Stores = true },
        Import = new(Permission.Import, "import models and data", Changes: true) { Stores = true },
        Train = new(Permission.Train, "train, convert, quantize, or make data", Changes: true) { Stores = true },
        Manage = new(Permission.Manage, "manage the service", Changes: true);

    public static IReadOnlyDictionary<string, CallRule> All { get; } =
        new Dictionary<string, CallRule>
        {
            ["/grpc.health.v1.Health/Check"] = Open,
            ["/grpc.health.v1.Health/Watch"] = Open,
            ["/grpc.health.v1.Health/List"] = Open,
            ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = Open,
            ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = Open,
            [V1 + "SystemService/Version"] = Open,
            [V1 + "SystemService/Info"] = Look,
            [V1 + "SystemService/Check"] = Run,
            [V1 + "SystemService/DiskUsage"] = Look,
            [V1 + "SystemService/Events"] = Look,
            [V1 + "SystemService/Prune"] = Manage,
            [V1 + "SystemService/Audit"] = Manage with { Changes = false },
            [V1 + "SystemService/Shutdown"] = Manage,
            [V1 + "ModelService/List"] = Look,
            [V1 + "ModelService/Inspect"] = Look,
            [V1 + "ModelService/Exists"] = Look,
            [V1 + "ModelService/Import"] = Import,
            [V1 + "ModelService/Upload"] = Run with { Stores = true }, // a checkpoint to run has no name; any other needs the permission to import as well
            [V1 + "ModelService/Download"] = Own with { Stores = true },
            [V1 + "ModelService/Train"] = Train with { TakesMemory = true },
            [V1 + "ModelService/Convert"] = Train with { TakesMemory = true },
            [V1 + "ModelService/Quantize"] = Train with { TakesMemory = true },
            [V1 + "ModelService/Remove"] = Own,
            [V1 + "ModelService/Tag"] = Own,
            [V1 + "ModelService/Copy"] = Own,
            [V1 + "ModelService/Prune"] = Manage,
            [V1 + "InferenceService/Generate"] = Request,
            [V1 + "InferenceService/Attach"] = Run,
            [V1 + "InferenceService/Cancel"] = Run,
            [V1 + "InferenceService/Load"] = Request,
            [V1 + "InferenceService/Unload"] = Run,
            [V1 + "InferenceService/ListLoaded"] = Look,
            [V1 + "InferenceService/Activity"] = Look,
            [V1 + "InferenceService/Tokenize"] = Request,
            [V1 + "InferenceService/Render"] = Request,
            [V1 + "InferenceService/Embed"] = Request,
            [V1 + "InferenceService/CreateBatch"] = Batch,
            [V1 + "InferenceService/ReadBatch"] = Own with { Changes = false },
            [V1 + "JobService/List"] = Look,
            [V1 + "JobService/Inspect"] = Look,
            [V1 + "JobService/Watch"] = Look,
            [V1 + "JobService/Metrics"] = Look,
            [V1 + "JobService/Wait"] = Look,
            [V1 + "JobService/Cancel"] = Own,
            [V1 + "JobService/Remove"] = Own,
            [V1 + "DataService/List"] = Look,
            [V1 + "DataService/Inspect"] = Look,
            [V1 + "DataService/Read"] = Look,
            [V1 + "DataService/Import"] = Import,
            [V1 + "DataService/Remove"] = Own,
            [V1 + "DataService/Generate"] = Train,
            [V1 + "DataService/Mix"] = Train,
            [V1 + "TaxonomyService/Check"] = Look,
            [V1 + "RunConfigService/Lint"] = Look,
            [V1 + "RunConfigService/Migrate"] = Look,
            [V1 + "RunConfigService/Expand"] = Look,
            [V1 + "RunConfigService/Plan"] = Run with { Changes = false }, // starts a process, for a moment
            [V1 + "WizardService/Next"] = Look,
            [V1 + "SecretService/Create"] = Own,
            [V1 + "SecretService/List"] = Own with { Changes = false },
            [V1 + "SecretService/Remove"] = Own,
            [V1 + "TokenService/Create"] = Own,
            [V1 + "TokenService/List"] = Own with { Changes = false },
            [V1 + "TokenService/Remove"] = Own,
            ["GET /health"] = Open,
            ["GET /ready"] = Open,
            ["GET /metrics"] = Look,
            ["GET /v1/models"] = Look,
            ["GET /v1/models/*"] = Look,
            ["POST /v1/chat/completions"] = Request,
            ["POST /v1/completions"] = Request,
            ["POST /v1/embeddings"] = Request,
            ["POST /tokenize"] = Request,
            ["POST /detokenize"] = Request,
            ["POST /v1/rerank"] = Request,
            ["POST /v2/rerank"] = Request,
            ["POST /rerank"] = Request,
            ["POST /v1/reranking"] = Request,
            ["POST /reranking"] = Request,
            ["POST /v1/responses"] = Request,
            ["GET /v1/responses/*"] = Own with { Changes = false },
            ["DELETE /v1/responses/*"] = Own,
            ["POST /v1/responses/*"] = Own,
            ["GET /v1/files"] = Own with { Changes = false },
            ["POST /v1/files"] = Batch,
            ["GET /v1/files/*"] = Own with { Changes = false },
            ["DELETE /v1/files/*"] = Own,
            ["GET /v1/batches"] = Own with { Changes = false },
            ["POST /v1/batches"] = Batch with { Stores = false },
            ["GET /v1/batches/*"] = Own with { Changes = false },
            ["POST /v1/batches/*"] = Own,
            ["POST /api/embed"] = Request,
            ["POST /api/embeddings"] = Request,
            ["POST /v1/messages"] = Request,
            ["POST /v1/messages/count_tokens"] = Request,
            ["GET /"] = Open,
            ["GET /api/version"] = Open,
            ["GET /api/status"] = Open,
            ["GET /api/tags"] = Look,
            ["GET /api/ps"] = Look,
            ["POST /api/show"] = Look,
            ["POST /api/generate"] = Request,
            ["POST /api/chat"] = Request,
            ["POST /api/copy"] = Own,
            ["DELETE /api/delete"] = Own,
            ["POST /api/create"] = Import,
            ["GET /api/blobs/*"] = Import with { Changes = false, Stores = false },
            ["POST /api/blobs/*"] = Import,
        };
}
