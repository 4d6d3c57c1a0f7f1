using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;
using MixRequest = Ilab.Data.Mixing.MixRequest;
using Recipe = Ilab.Data.Mixing.Recipe;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    private const int UsualDocuments = 4,
        MostDocuments = 100;

    public override async Task<MixDatasetsResponse> Mix(MixDatasetsRequest request, ServerCallContext context)
    {
        var mix = new MixRequest
        {
            Name =
                request.Name.Length > 0
                    ? request.Name
                    : throw new EngineException(ErrorKind.InvalidArgument, "the mixed dataset needs a name", "set it with --name"),
            Replace = request.Replace,
            Labels = new Dictionary<string, string>(request.Labels),
            Seed = request.Seed,
            SystemPrompt = request.SystemPrompt,
            KeepOrder = request.KeepOrder,
            Caller = context.GetCaller(),
            Parts = [.. request.Parts.Select(ToEngine)],
        };
        if (request.RecipeDataset.Length > 0)
        {
            using var dataset = await catalog.ResolveAsync(context.GetCaller(), request.RecipeDataset, "mixing", context.CancellationToken);
            mix = Recipe
                .Read(await File.ReadAllTextAsync(dataset.PathOf(request.RecipeFile), context.CancellationToken), request.RecipeFile, dataset)
                .AddTo(mix);
        }
        else if (request.Recipe.Length > 0)
        {
            mix = Recipe
                .Read(request.Recipe.ToStringUtf8(), "the recipe", null)
                .InFolder(request.RecipeDirectory, path => IsThere(path, context.GetPeer()))
                .AddTo(mix);
        }

        foreach (var path in mix.Parts.Select(static part => part.Path).OfType<string>())
        {
            PeerFileAccess.Check(path, context.GetPeer());
        }

        return new MixDatasetsResponse { Dataset = ToWire(await parts.Mixer.MixAsync(mix, context.CancellationToken)) };
    }

    private static bool IsThere(string path, PeerIdentity peer)
    {
        try
        {
            PeerFileAccess.Check(path, peer);
            return true;
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.UploadRequired)
        {
            // What is on this machine is not for those on others to know.
            return !peer.IsRemote && File.Exists(path)
                ? throw new EngineException(
                    ErrorKind.PermissionDenied,
                    exception.Message,
                    "make it readable for the service, or import it with 'ilab data import'",
                    exception
                )
                : false;
        }
    }

    private static Data.Mixing.MixPart ToEngine(Api.V1.MixPart part)
    {
        if (
            part.Ratio is < 0 or > 1000
            || double.IsNaN(part.Ratio)
            || part.MinimumShare is not (>= 0 and <= 1)
            || part.Context is { Golden: < 0 or > 1 } or { Documents: > MostDocuments }
        )
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{part.Reference}: ratio must be 0 to 1000, shares 0 to 1, and documents at most {MostDocuments}"
            );
        }

        return new Data.Mixing.MixPart
        {
            Reference = part.Reference,
            Path = part.Path.Length > 0 ? part.Path : null,
            IsPrecomputed = part.Precomputed,
            MinimumShare = part.MinimumShare,
            File = part.File.Length > 0 ? part.File : null,
            Ratio = part.Ratio,
            Count = (long)Math.Min(part.Count, int.MaxValue),
            WithoutReplacement = part.WithoutReplacement,
            Golden = part.Context?.Golden,
            Documents = part.Context is { Documents: > 0 } context ? (int)context.Documents : UsualDocuments,
        };
    }
}
