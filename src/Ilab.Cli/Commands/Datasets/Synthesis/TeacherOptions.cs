using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>Which teacher model is called, and how fast.</summary>
internal sealed class TeacherOptions
{
    private readonly Option<string?> _model = new("--teacher", "--model")
    {
        Description = "Teacher model: a stored one, or the model name at --teacher-url (ILAB_TEACHER)",
        HelpName = "MODEL",
    };
    private readonly Option<string?> _url = new("--teacher-url", "--endpoint-url")
    {
        Description = "OpenAI-compatible endpoint, such as https://host/v1 (ILAB_TEACHER_URL)",
        HelpName = "URL",
    };
    private readonly Option<string?> _keyFile = new("--teacher-key-file")
    {
        Description = "File with the API key of the teacher [default: ILAB_TEACHER_KEY]",
        HelpName = "FILE",
    };
    private readonly Option<string?> _keySecret = new("--teacher-key-secret")
    {
        Description = "Secret with the API key of the teacher; see 'ilab secret create'",
        HelpName = "NAME",
    };
    private readonly Option<uint> _requests = new("--requests-per-minute")
    {
        Description = "Maximum requests per minute; 0 = unlimited",
        HelpName = "N",
        DefaultValueFactory = static _ => 0,
    };
    private readonly Option<uint> _tokens = new("--tokens-per-minute")
    {
        Description = "Maximum tokens per minute; 0 = unlimited",
        HelpName = "N",
        DefaultValueFactory = static _ => 0,
    };
    private readonly Option<uint> _timeout = new("--teacher-timeout") { Description = "Timeout of one call in seconds [default: 300]", HelpName = "SECONDS" };
    private readonly Option<uint> _patience = new("--teacher-patience")
    {
        Description = "Seconds without any response before the job fails [default: 600]",
        HelpName = "SECONDS",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _model, _url, _keyFile, _keySecret, _requests, _tokens, _timeout, _patience })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(_keyFile) is not null && result.GetValue(_keySecret) is not null)
            {
                result.AddError("--teacher-key-file and --teacher-key-secret exclude each other");
            }
        });
    }

    /// <exception cref="IlabException">The file with the key cannot be read.</exception>
    public Teacher Read(ParseResult line, Func<string, string?> environment) =>
        new()
        {
            Model = line.GetValue(_model) ?? environment("ILAB_TEACHER") ?? "",
            Url = line.GetValue(_url) ?? environment("ILAB_TEACHER_URL") ?? "",
            Key =
                line.GetValue(_keySecret) is not null ? ""
                : line.GetValue(_keyFile) is { } file ? ReadKey(file)
                : environment("ILAB_TEACHER_KEY") ?? "",
            KeySecret = line.GetValue(_keySecret) ?? "",
            RequestsPerMinute = line.GetValue(_requests),
            TokensPerMinute = line.GetValue(_tokens),
            TimeoutSeconds = line.GetValue(_timeout),
            PatienceSeconds = line.GetValue(_patience),
        };

    private static string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Read, exception);
        }
    }
}
