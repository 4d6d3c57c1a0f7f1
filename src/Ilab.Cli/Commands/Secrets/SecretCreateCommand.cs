using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Secrets;

/// <summary>`secret create`: the value comes from a file or standard input, never from the command line, which other users can see.</summary>
internal static class SecretCreateCommand
{
    private const int MostBytes = 64 << 10;

    public static Command Create(Session session)
    {
        var name = new Argument<string>("NAME") { Description = "Name that commands use it by" };
        var file = new Argument<string>("FILE") { Description = "File with the value; - = standard input", DefaultValueFactory = static _ => "-" };
        var replace = CommonOptions.Replace("secret");
        var command = new Command(
            "create",
            "Store a credential under a name\n\nThe value is one line, such as an API key or a token. The service keeps it in a file that nobody else can "
                + "read, and never shows it again.\n\nExamples:\n  ilab secret create openai ~/.openai-key\n  pass show hf | ilab secret create hf -\n"
                + "  ilab data generate --teacher gpt --teacher-url https://host/v1 --teacher-key-secret openai"
        )
        {
            name,
            file,
            replace,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var request = new CreateSecretRequest
                {
                    Name = line.GetRequiredValue(name),
                    Value = await ReadAsync(session, line.GetRequiredValue(file), cancellationToken),
                    Replace = line.GetValue(replace),
                };
                var client = await session.ClientAsync(cancellationToken);
                var response = await client.Secrets.CreateAsync(request, cancellationToken: cancellationToken);
                await session.Out.WriteLineAsync(response.Secret.Name);
                return 0;
            }
        );
        return command;
    }

    private static async Task<string> ReadAsync(Session session, string path, CancellationToken cancellationToken)
    {
        byte[] bytes;
        if (path == "-")
        {
            if (session.InputIsTerminal)
            {
                await session.SayAsync("Reading the secret from the terminal; finish with Enter and Ctrl-D.");
            }

            await using var input = StandardStreams.OpenInput();
            var buffer = new byte[MostBytes + 1];
            bytes = buffer[..await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)];
        }
        else
        {
            bytes = await InputFile.ReadAsync(path, cancellationToken);
        }

        return bytes.Length is > 0 and <= MostBytes
            ? Encoding.UTF8.GetString(bytes).Trim()
            : throw new IlabException(
                ErrorKind.InvalidArgument,
                bytes.Length == 0 ? "the secret is empty" : $"the secret is longer than {MostBytes} bytes",
                "a secret is one line, such as an API key"
            );
    }
}
