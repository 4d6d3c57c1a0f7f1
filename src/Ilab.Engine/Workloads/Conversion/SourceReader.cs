using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Llama2c;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Detects the format of a caller's files and prepares the conversion to GGUF.</summary>
internal sealed class SourceReader(ICallerFiles files, ModelCatalog catalog)
{
    /// <exception cref="EngineException">INVALID_MODEL, UNSUPPORTED, NOT_FOUND, INVALID_ARGUMENT, and errors of opening files.</exception>
    public async Task<GgufConversion> PrepareAsync(ConvertRequest request, uint uid, CancellationToken cancellationToken)
    {
        var path = request.Path!;
        GgmlType? type = request.Type is { } name && FileTypes.TryParse(name, out var known) ? known : null;
        if (!Directory.Exists(path))
        {
            return Checked(() => PrepareCheckpoint(request, uid, type));
        }

        var folder = new SourceFolder(path, file => files.Open(file, uid));
        try
        {
            if (PeftConverter.Fits(folder))
            {
                var shape = await BaseShapeAsync(request, cancellationToken).ConfigureAwait(false);
                return Checked(() => PeftConverter.Prepare(folder, shape, type));
            }

            if (request.Base is not null)
            {
                throw new EngineException(ErrorKind.InvalidArgument, $"{Path.GetFileName(path)} is a complete model, not an adapter", "omit --base");
            }

            return Checked(() => HuggingFaceConverter.Prepare(folder, type));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs a conversion step and maps its exceptions to engine errors.</summary>
    public static T Checked<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ConversionException exception)
        {
            throw new EngineException(exception.IsUnsupported ? ErrorKind.Unsupported : ErrorKind.InvalidModel, exception.Message, exception.Hint, exception);
        }
    }

    private async Task<ModelShape> BaseShapeAsync(ConvertRequest request, CancellationToken cancellationToken)
    {
        if (request.Base is not { } reference)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "converting an adapter requires its base model", "specify a model in the store with --base");
        }

        using var model = await catalog.ResolveAsync(reference, "convert", cancellationToken).ConfigureAwait(false);
        return Checked(() => ShapeMetadata.Read(GgufSummary.ReadHeader(model.WeightFiles[0])));
    }

    private GgufConversion PrepareCheckpoint(ConvertRequest request, uint uid, GgmlType? type)
    {
        if (request.Tokenizer is not { } tokenizer)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{Path.GetFileName(request.Path)}: a llama2.c checkpoint does not contain a tokenizer",
                "specify its tokenizer with --tokenizer FILE, or use a Hugging Face directory as the source"
            );
        }

        using var beside = new SourceFolder(Path.GetDirectoryName(tokenizer)!, file => files.Open(file, uid));
        var bytes = beside.ReadBytes(Path.GetFileName(tokenizer));
        var folder = new SourceFolder(Path.GetDirectoryName(request.Path)!, file => files.Open(file, uid));
        try
        {
            return Llama2cConverter.Prepare(folder, Path.GetFileName(request.Path)!, bytes, type);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
