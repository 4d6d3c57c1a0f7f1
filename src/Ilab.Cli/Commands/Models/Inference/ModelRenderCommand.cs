using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model render`: the exact prompt that a model is given for a conversation.</summary>
internal static class ModelRenderCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("MODEL") { Description = CommonOptions.Reference, Arity = ArgumentArity.ZeroOrOne };
        var template = CommonOptions.Text("--template", "Use the chat template in this file instead of a model's", "FILE");
        var messages = CommonOptions.Text("--messages", "Conversation: a JSON list of messages, or an object with messages; - = standard input", "FILE");
        messages.Required = true;
        var tools = CommonOptions.Text("--tools", "Definitions of tools, a JSON list", "FILE");
        var documents = CommonOptions.Text("--documents", "Documents to answer from, a JSON list", "FILE");
        var variables = TemplateVariables.Option();
        var continued = new Option<bool>("--continue") { Description = "End inside the last message, for the answer to continue it" };
        var noPrompt = new Option<bool>("--no-generation-prompt") { Description = "End after the last message instead of at the beginning of an answer" };
        var ids = new Option<bool>("--ids") { Description = "Print token ids with their text, one per line, instead of the prompt" };
        var format = new ChoiceOption("--format", "text", "json")
        {
            Description = "Print the prompt as it is, or everything as a JSON object",
            Default = "text",
        };
        var command = new Command(
            "render",
            "Show the prompt that a conversation becomes\n\nThe prompt is printed exactly, without a final newline. Control tokens in what users, tools and "
                + "documents say stay text.\n\n"
                + "Examples:\n  ilab model render qwen3:4b --messages chat.json --set enable_thinking=false\n"
                + "  ilab model render qwen3:4b --messages chat.json --ids\n"
                + "  ilab model render --template chat_template.jinja --messages chat.json --set bos_token='\"<s>\"'"
        )
        {
            name,
            template,
            messages,
            tools,
            documents,
            variables,
            continued,
            noPrompt,
            ids,
            format,
        };
        command.Validators.Add(result =>
        {
            var (isModel, isTemplate) = (!string.IsNullOrEmpty(result.GetValue(name)), result.GetValue(template) is not null);
            if (isModel == isTemplate)
            {
                result.AddError("either MODEL or --template is required");
            }

            if (isTemplate && result.GetValue(ids))
            {
                result.AddError("--ids requires a model: a template has no tokens");
            }

            if (result.GetValue(continued) && result.GetValue(noPrompt))
            {
                result.AddError("--continue and --no-generation-prompt exclude each other");
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var conversation = await ConversationFile.ReadAsync(line.GetRequiredValue(messages)!, cancellationToken);
                conversation.Tools = line.GetValue(tools) is { } toolsFile
                    ? await ConversationFile.ReadListAsync(toolsFile, cancellationToken)
                    : conversation.Tools;
                conversation.Documents = line.GetValue(documents) is { } documentsFile
                    ? await ConversationFile.ReadListAsync(documentsFile, cancellationToken)
                    : conversation.Documents;
                conversation.Variables = TemplateVariables.Object(line.GetValue(variables));
                conversation.ContinueLast = line.GetValue(continued);
                var isJson = line.GetValue(format) == "json";
                var request = new RenderRequest
                {
                    Conversation = conversation,
                    NoGenerationPrompt = line.GetValue(noPrompt),
                    Tokens = line.GetValue(ids) || (isJson && line.GetValue(template) is null),
                };
                if (line.GetValue(template) is { } file)
                {
                    request.Template = Encoding.UTF8.GetString(await InputFile.ReadAsync(file, cancellationToken));
                }
                else
                {
                    request.Model = new ModelSelector { Name = line.GetValue(name) };
                }

                var client = await session.ClientAsync(cancellationToken);
                var response = await client.Inference.RenderAsync(request, cancellationToken: cancellationToken);
                if (response.Warning.Length > 0 && !isJson)
                {
                    await session.SayAsync("Warning: " + response.Warning);
                }

                await WriteAsync(session, response, isJson, line.GetValue(ids));
                return 0;
            }
        );
        return command;
    }

    private static async Task WriteAsync(Session session, RenderResponse response, bool isJson, bool isIds)
    {
        if (isJson)
        {
            await session.Out.WriteLineAsync(JsonText.Of(Of(response)));
        }
        else if (isIds)
        {
            foreach (var (token, piece) in response.Tokens.Zip(response.Pieces))
            {
                await session.Out.WriteLineAsync($"{token}\t{Quoted(piece.ToStringUtf8())}");
            }
        }
        else
        {
            await session.Out.WriteAsync(response.Text);
            if (session.OutIsTerminal && !response.Text.EndsWith('\n'))
            {
                await session.Out.WriteLineAsync();
            }
        }
    }

    private static Data Of(RenderResponse response) =>
        new Data()
            .Add("Text", response.Text)
            .Add("Template", response.Template)
            .Add("Warning", response.Warning)
            .Add(
                "Tokens",
                response.Tokens.Zip(response.Pieces, static (token, piece) => new Data().Add("Id", token).Add("Piece", piece.ToStringUtf8())).ToList()
            );

    private static string Quoted(string text) => JsonText.Of(text, indented: false);
}
