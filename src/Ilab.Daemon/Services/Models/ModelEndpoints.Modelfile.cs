using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Modelfiles;
using Ilab.Gguf.Conversion;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    private const int LongestModelfile = 4 << 20;

    /// <summary>The Modelfile that a request means, and its path; null if it means none.</summary>
    private static (Modelfile File, string Path)? ModelfileOf(ImportModelRequest request, PeerIdentity peer)
    {
        if (request.Modelfile.Length > 0)
        {
            return Path.IsPathRooted(request.Path)
                ? (ModelfileParser.Parse(request.Modelfile), request.Path)
                : throw new EngineException(ErrorKind.InvalidArgument, $"{request.Path} is not an absolute path");
        }

        PeerFileAccess.Check(request.Path, peer);
        var path = Directory.Exists(request.Path) ? Path.Combine(request.Path, Modelfile.FileName) : request.Path;
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = PeerFileAccess.Open(path, peer);
        var prefix = new byte[FileContent.PrefixLength];
        if (FileContent.Describe(prefix.AsSpan(0, RandomAccess.Read(file, prefix, 0))) != FileContent.Modelfile)
        {
            return null;
        }

        var length = RandomAccess.GetLength(file);
        if (length > LongestModelfile)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} has {ByteText.Of(length)}, more than a {Modelfile.FileName} can have");
        }

        var bytes = new byte[length];
        return (ModelfileParser.Parse(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0))), path);
    }

    private async Task<ModelRecord> ImportModelfileAsync(
        (Modelfile File, string Path) modelfile,
        ImportOptions options,
        PeerIdentity peer,
        IServerStreamWriter<ImportModelProgress> responseStream,
        CancellationToken cancellationToken
    )
    {
        var warnings = new List<string>();
        var model = await TellingAsync(
            progress =>
                store.Modelfiles.ImportAsync(
                    modelfile.File,
                    modelfile.Path,
                    options,
                    new ModelfileCaller(
                        options.Caller,
                        path => PeerFileAccess.Open(path, peer),
                        path => PeerFileAccess.Check(path, peer),
                        progress,
                        warnings.Add
                    )
                    {
                        IsRemote = peer.IsRemote,
                    },
                    cancellationToken
                ),
            responseStream,
            cancellationToken
        );
        foreach (var warning in warnings.Distinct())
        {
            await responseStream.WriteAsync(new ImportModelProgress { Warning = warning }, cancellationToken);
        }

        return model;
    }
}
