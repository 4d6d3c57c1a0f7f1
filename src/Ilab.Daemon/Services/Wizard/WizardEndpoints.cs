using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Wizard;
using Conversation = Ilab.Engine.Wizard.Conversation;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Wizard;

/// <summary>ilab.v1.WizardService.</summary>
internal sealed class WizardEndpoints(WizardEngine engine) : WizardService.WizardServiceBase
{
    private const int MostAnswers = 200,
        LongestAnswer = 1 << 16;

    public override async Task<WizardStep> Next(WizardRequest request, ServerCallContext context)
    {
        if (request.Answers.Count > MostAnswers || request.Answers.Any(static answer => answer.Value.Length > LongestAnswer))
        {
            throw new EngineException(ErrorKind.InvalidArgument, "more or longer answers than any conversation has", "begin a new one");
        }

        var step = await engine.NextAsync(
            new Conversation.WizardRequest
            {
                Kind = request.Kind switch
                {
                    WizardKind.Train => Conversation.WizardKind.Train,
                    WizardKind.Evaluate => Conversation.WizardKind.Evaluate,
                    WizardKind.Infer => Conversation.WizardKind.Infer,
                    _ => throw new EngineException(ErrorKind.InvalidArgument, "the kind of file is missing", "it is one of train, evaluate, infer"),
                },
                Given = new Dictionary<string, string>(request.Given),
                Usual = new Dictionary<string, string>(request.Usual),
                Answers = [.. request.Answers.Select(static answer => new Conversation.WizardAnswer(answer.Question, answer.Value))],
                IsAdvanced = request.Advanced,
                IsSilent = request.Silent,
                From = request.From is { } from ? new Conversation.WizardSource(from.Name, from.Text) : null,
            },
            context.GetCaller(),
            context.CancellationToken
        );
        return step switch
        {
            Conversation.WizardQuestion question => new WizardStep { Question = ToWire(question) },
            Conversation.WizardResult result => new WizardStep { Result = ToWire(result) },
            _ => throw new InvalidOperationException($"a step of a new kind: {step.GetType().Name}"),
        };
    }

    private static WizardQuestion ToWire(Conversation.WizardQuestion question)
    {
        var wire = new WizardQuestion
        {
            Id = question.Id,
            Text = question.Text,
            Help = question.Help,
            Flag = question.Flag,
            Input = question.Input switch
            {
                Conversation.WizardInput.Choice => WizardInput.Choice,
                Conversation.WizardInput.File => WizardInput.File,
                Conversation.WizardInput.NewFile => WizardInput.NewFile,
                _ => WizardInput.Text,
            },
            Number = (uint)question.Number,
            Total = (uint)question.Total,
            Suggested = question.Suggested,
            Reason = question.Reason,
            Problem = question.Problem,
            Preview = question.Preview,
        };
        wire.Choices.AddRange(question.Choices.Select(static choice => new WizardChoice { Value = choice.Value, Explanation = choice.Explanation }));
        wire.Notes.AddRange(question.Notes);
        return wire;
    }

    private static WizardResult ToWire(Conversation.WizardResult result)
    {
        var wire = new WizardResult
        {
            Content = result.Content,
            File = result.FileName,
            Run = result.IsToRun,
        };
        wire.Command.AddRange(result.Command);
        wire.Notes.AddRange(result.Notes);
        wire.Decisions.AddRange(
            result.Decisions.Select(static decision => new WizardDecision
            {
                Key = decision.Key,
                Value = decision.Value,
                Reason = decision.Reason,
            })
        );
        return wire;
    }
}
