using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Models;
using Ilab.Jinja;
using Ilab.Jinja.Chat;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task<RenderResponse> Render(RenderRequest request, ServerCallContext context)
    {
        var conversation = request.Conversation ?? throw new EngineException(ErrorKind.InvalidArgument, "a conversation is required");
        if (request.SourceCase == RenderRequest.SourceOneofCase.Template)
        {
            return request.Tokens
                ? throw new EngineException(ErrorKind.InvalidArgument, "a template has no tokens: name a model")
                : new RenderResponse { Text = Render(request, conversation), Template = "model" };
        }

        var settings = new LoadSettings { Owner = await quotas.ShareAsync(context.GetIdentity(), context.CancellationToken).ConfigureAwait(false) };
        var prompt = await engine
            .RenderAsync(
                Selection.Of(request.Model, context),
                RequestMapping.Conversation(conversation),
                isAnswered: !request.NoGenerationPrompt,
                request.Tokens,
                settings,
                context.CancellationToken
            )
            .ConfigureAwait(false);
        return new RenderResponse
        {
            Text = prompt.Text,
            Template = prompt.Template,
            Warning = prompt.Warning,
            Tokens = { prompt.Tokens.Tokens },
            Pieces = { prompt.Tokens.Pieces.Select(static piece => UnsafeByteOperations.UnsafeWrap(piece)) },
        };
    }

    private static string Render(RenderRequest request, Conversation conversation)
    {
        try
        {
            var messages = conversation.Messages.Select(static object? (m) => ChatJson.Message(m.Role, m.Content, m.Fields)).ToList();
            var input = ChatJson.Conversation(messages, conversation.Tools, conversation.Documents, conversation.Variables) with
            {
                AddGenerationPrompt = !request.NoGenerationPrompt && !conversation.ContinueLast,
                ContinueFinalMessage = conversation.ContinueLast,
            };
            return ChatTemplateRenderer.Parse(request.Template).Render(input);
        }
        catch (TemplateRefusedException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"the template refuses this conversation: {exception.Message}", inner: exception);
        }
        catch (Exception exception) when (exception is TemplateException or FormatException)
        {
            throw new EngineException(ErrorKind.InvalidArgument, exception.Message, inner: exception);
        }
    }
}
