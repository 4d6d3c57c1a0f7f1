using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>Run configs that a command line names. The service reads what is in them: the reader alone would make the client 0.9 MB larger.</summary>
internal static class RunFiles
{
    public const string StandardInput = "-";

    private const int LargestFile = 4 << 20;

    /// <summary><c>--kind</c>: most files tell it themselves.</summary>
    public static ChoiceOption KindOption() =>
        new("--kind", "train", "eval", "infer", "job", "judge", "synth", "async_eval", "quantize", "tune", "analyze", "environment")
        {
            Description = "Kind of the files [default: told from their keys]",
        };

    /// <param name="file">A file, or - for standard input.</param>
    /// <param name="kind">Null = told from its keys.</param>
    /// <exception cref="IlabException">The file cannot be read.</exception>
    public static async Task<RunConfigFile> ReadAsync(string file, string? kind, CancellationToken cancellationToken)
    {
        var isInput = file == StandardInput;
        if (!isInput && FileType.IsSpecial(file))
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{file} is no regular file", "name a file, or - for standard input");
        }

        await using var input = isInput ? StandardStreams.OpenInput() : InputFile.Open(file);
        using var content = new MemoryStream();
        var block = new byte[65536];
        try
        {
            for (int count; content.Length <= LargestFile && (count = await input.ReadAsync(block, cancellationToken)) > 0; )
            {
                content.Write(block, 0, count);
            }
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(file, FileUse.Read, exception);
        }

        if (content.Length > LargestFile)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{file} has more than the {LargestFile >> 20} MiB that are read", "name a run config");
        }

        return new RunConfigFile
        {
            Name = isInput ? "(standard input)" : file,
            Content = UnsafeByteOperations.UnsafeWrap(content.GetBuffer().AsMemory(0, (int)content.Length)),
            Kind = kind ?? "",
        };
    }

    /// <summary>Whether nobody may write to a file: it could be replaced in its directory, and is not meant to be.</summary>
    public static bool IsReadOnly(string path) =>
        (File.GetUnixFileMode(path) & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0;
}
