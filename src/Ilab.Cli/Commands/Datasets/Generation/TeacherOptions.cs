using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets.Generation;

/// <summary>The options that say who answers.</summary>
internal sealed class TeacherOptions
{
    private readonly Option<string?> _model = new("--teacher", "--model") { Description = "Model that answers: of the store, or as the service at --teacher-url calls it (ILAB_TEACHER)", HelpName = "MODEL" };
    private readonly Option<string?> _url = new("--teacher-url", "--endpoint-url") { Description = "OpenAI-compatible service, such as https://host/v1 (ILAB_TEACHER_URL)", HelpName = "URL" };
    private readonly Option<string?> _keyFile = new("--teacher-key-file") { Description = "File with its key; else ILAB_TEACHER_KEY", HelpName = "FILE" };
    private readonly Option<uint> _requests = new("--requests-per-minute") { Description = "No more requests than that; 0 = no limit", HelpName = "N" };
    private readonly Option<uint> _tokens = new("--tokens-per-minute") { Description = "No more tokens than that; 0 = no limit", HelpName = "N" };
    private readonly Option<uint> _timeout = new("--teacher-timeout") { Description = "Seconds for one answer (300)", HelpName = "SECONDS" };
    private readonly Option<uint> _patience = new("--teacher-patience") { Description = "Seconds without any answer before the job gives up (600)", HelpName = "SECONDS" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _model, _url, _keyFile, _requests, _tokens, _timeout, _patience })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="IlabException">The file with the key cannot be read.</exception>
    public Teacher Read(ParseResult line, Func<string, string?> environment) => new()
    {
        Model = line.GetValue(_model) ?? environment("ILAB_TEACHER") ?? "",
        Url = line.GetValue(_url) ?? environment("ILAB_TEACHER_URL") ?? "",
        Key = line.GetValue(_keyFile) is { } file ? ReadKey(file) : environment("ILAB_TEACHER_KEY") ?? "",
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IlabException(ErrorKind.NotFound, $"{path}: the key cannot be read", "--teacher-key-file names a file that holds nothing but the key", exception);
        }
    }
}
