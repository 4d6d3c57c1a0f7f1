using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>The command line of `config create`: an option for each question.</summary>
internal sealed class CreateOptions
{
    private static readonly string[] DataFiles = [".jsonl", ".json"];

    private readonly Argument<string?> _kind = new("KIND") { Description = "train, eval or infer", Arity = ArgumentArity.ZeroOrOne };
    private readonly ChoiceOption _type = new("--type", "train", "eval", "infer") { Description = "The same as KIND" };
    private readonly Option<string?> _model = CommonOptions.Text("--model", "Model: a stored one, or any name", "MODEL");
    private readonly Option<string?> _dataset = CommonOptions.Text("--dataset", "Training data: a stored dataset, or a file of JSON lines", "DATASET|FILE");
    private readonly ChoiceOption _training = new("--training-type", "auto", "lora", "qlora", "full")
    {
        Description = "What is trained; auto = what suits model, data and free memory",
    };
    private readonly ChoiceOption _distributed = new("--distributed", "none", "ddp", "fsdp", "auto")
    {
        Description = "How a training is spread over devices: written into the file",
    };
    private readonly Option<string?> _resources = CommonOptions.Text(
        "--resources",
        "Machine that a training is planned for, such as gpus=4,gpu-memory=80GiB,hosts=2 [default: that of the service]",
        "MACHINE"
    );
    private readonly Option<string?> _output = new("--output-file", "-o")
    {
        Description = "File to write; - = standard output [default: KIND.yaml]",
        HelpName = "FILE",
    };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Answer of another question as QUESTION=VALUE, such as epochs=1; may be repeated",
        HelpName = "ANSWER",
    };
    private readonly Option<string?> _from = CommonOptions.Text("--from", "File whose values are the suggestions", "FILE");
    private readonly Option<bool> _advanced = new("--advanced") { Description = "Also ask what otherwise has a default" };
    private readonly Option<bool> _silent = new("--non-interactive", "--yes", "-y")
    {
        Description = "Ask nothing: what is not given has its default, or is an error",
    };
    private readonly Option<bool> _run = new("--run") { Description = "Run the file when it is saved" };
    private readonly Option<bool> _force = CommonOptions.Force("Replace an existing file");

    public void AddTo(Command command)
    {
        command.Arguments.Add(_kind);
        foreach (
            var option in new Option[] { _type, _model, _dataset, _training, _distributed, _resources, _output, _set, _from, _advanced, _silent, _run, _force }
        )
        {
            command.Options.Add(option);
        }
    }

    public bool Replaces(ParseResult line) => line.GetValue(_force);

    /// <exception cref="IlabException">A value is wrong, or a file that is named cannot be read.</exception>
    public async Task<WizardRequest> ReadAsync(Session session, ParseResult line, CancellationToken cancellationToken)
    {
        var request = new WizardRequest
        {
            Kind = ConfigCreateCommand.KindOf(line.GetValue(_kind), line.GetValue(_type)),
            Advanced = line.GetValue(_advanced),
            Folder = Environment.CurrentDirectory,
            Silent = line.GetValue(_silent) || !session.InputIsTerminal || !session.ErrorIsTerminal,
        };
        if (line.GetValue(_from) is { } from)
        {
            var file = await RunFiles.ReadAsync(from, null, cancellationToken);
            request.From = new WizardSource { Name = file.Name, Text = Decode(file) };
        }

        foreach (
            var (id, option) in new (string, Option<string?>)[]
            {
                ("model", _model),
                ("dataset", _dataset),
                ("training-type", _training),
                ("distributed", _distributed),
                ("resources", _resources),
                ("output-file", _output),
            }
        )
        {
            if (line.GetValue(option) is { } value)
            {
                request.Given[id] = value;
            }
        }

        foreach (var answer in line.GetValue(_set) ?? [])
        {
            var equals = answer.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new IlabException(ErrorKind.InvalidArgument, $"--set: expected QUESTION=VALUE, not \"{answer}\"", "such as --set epochs=1");
            }

            request.Given[answer[..equals]] = answer[(equals + 1)..];
        }

        if (line.GetValue(_run))
        {
            request.Given["run"] = "yes";
        }

        if (request.Given.TryGetValue("dataset", out var data) && IsFile(data))
        {
            InputFile.Open(data).Dispose(); // said before anything is asked
        }

        if (request.Given.TryGetValue("output-file", out var output) && NewFileProblem(output, line.GetValue(_force)) is { } problem)
        {
            throw new IlabException(ErrorKind.AlreadyExists, $"--output-file: {problem}");
        }

        Usual.Fill(session, request);
        return request;
    }

    /// <exception cref="IlabException">What would be written back is not what was read.</exception>
    private static string Decode(RunConfigFile file)
    {
        try
        {
            var bytes = file.Content.Span;
            return bytes.IndexOf((byte)0) is 0 or 1
                ? throw new DecoderFallbackException() // two bytes or four for each character
                : new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{file.Name} is not UTF-8 text", "convert it, for example with iconv", exception);
        }
    }

    /// <summary>Whether an answer names a file of data instead of a dataset.</summary>
    public static bool IsFile(string answer) => DataFiles.Contains(Path.GetExtension(answer).ToLowerInvariant());

    /// <summary>Why a file cannot be written; null = it can, as far as can be seen before.</summary>
    public static string? NewFileProblem(string path, bool force)
    {
        if (path is "-" or "")
        {
            return path.Length > 0 ? null : "the name of a file is missing";
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        return FileType.IsSpecial(path) ? null
            : Directory.Exists(path) ? $"{path} is a directory; name a file"
            : File.Exists(path) && !force ? $"{path} exists already; name another file, or replace it with --force"
            : File.Exists(path) && RunFiles.IsReadOnly(path) ? $"{path} is read-only; name another file"
            : folder is not null && !Directory.Exists(folder) ? $"the directory {folder} does not exist; create it first"
            : folder is not null && !FileType.IsWritable(folder) ? $"the directory {folder} may not be written to; choose another one"
            : null;
    }
}
