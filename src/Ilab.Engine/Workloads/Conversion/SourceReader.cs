using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Llama2c;
using Ilab.Gguf.Description;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Finds out what a caller's files are and checks that they can become a GGUF. Headers and small files are read, no weights.</summary>
/// <param name="uid">Whose files they are.</param>
internal sealed class SourceReader(ICallerFiles files, uint uid)
{
    /// <param name="model">The model that an adapter is for; null = none was named.</param>
    /// <exception cref="EngineException">INVALID_MODEL, UNSUPPORTED, NOT_FOUND, INVALID_ARGUMENT and what opening files may say.</exception>
    public PreparedSource Prepare(ConvertRequest request, FamilyModel? model)
    {
        var path = request.Path!;
        var type = request.Type is { } name && FileTypes.TryParse(name, out var known) ? known : null;
        if (!Directory.Exists(path))
        {
            using (var file = files.Open(path, uid))
            {
                SourceFile.RefuseForConversion(path, file);
            }

            return Checked(() => PrepareCheckpoint(request, type));
        }

        var folder = Open(path);
        try
        {
            if (PeftConverter.Fits(folder))
            {
                var wanted = model ?? throw new EngineException(ErrorKind.InvalidArgument, "an adapter is converted for a model", "name it with --base");
                return new PreparedSource(Checked(() => PeftConverter.Prepare(folder, wanted, type)), folder, path, ConversionSpec.Peft);
            }

            if (request.Base is not null)
            {
                throw new EngineException(ErrorKind.InvalidArgument, $"{folder.Name} is a whole model, not an adapter", "leave --base out");
            }

            return new PreparedSource(
                Checked(() => HuggingFaceConverter.Prepare(folder, type, FileTypes.IsAuto(request.Type))),
                folder,
                path,
                ConversionSpec.HuggingFace
            );
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

    private SourceFolder Open(string path) => new(path, file => files.Open(file, uid));

    private PreparedSource PrepareCheckpoint(ConvertRequest request, GgmlType? type)
    {
        if (request.Tokenizer is not { } tokenizer)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{Path.GetFileName(request.Path)}: a llama2.c checkpoint does not contain a tokenizer",
                "specify its tokenizer with --tokenizer FILE, or use a Hugging Face directory as the source"
            );
        }

        var (path, beside) = (Path.GetDirectoryName(request.Path)!, Open(Path.GetDirectoryName(tokenizer)!));
        var folder = Open(path);
        try
        {
            var bytes = beside.ReadBytes(Path.GetFileName(tokenizer));
            var conversion = Llama2cConverter.Prepare(folder, Path.GetFileName(request.Path)!, bytes, type);
            return new PreparedSource(conversion, folder, path, ConversionSpec.Llama2c) { Tokenizer = beside };
        }
        catch
        {
            folder.Dispose();
            beside.Dispose();
            throw;
        }
    }
}
