using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Engine.Wizard;
using Conversation = Ilab.Engine.Wizard.Conversation;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Wizard;

/// <summary>ilab.v1.WizardService.</summary>
internal sealed class WizardEndpoints(WizardEngine engine) : WizardService.WizardServiceBase
{
    private const int MostAnswers = 200,
        LongestAnswer = 1 << 16,
        LongestFile = 4 << 20;

    public override async Task<WizardStep> Next(WizardRequest request, ServerCallContext context)
    {
        Check(request);
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
                OpenFile = request.Folder.Length > 0 ? path => Open(Path.Combine(request.Folder, path), context.GetPeer()) : null,
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

    private static void Check(WizardRequest request)
    {
        (string What, int Count, IEnumerable<string> Texts)[] parts =
        [
            ("answers", request.Answers.Count, request.Answers.SelectMany(static answer => new[] { answer.Question, answer.Value })),
            ("given answers", request.Given.Count, request.Given.SelectMany(static pair => new[] { pair.Key, pair.Value })),
            ("usual answers", request.Usual.Count, request.Usual.SelectMany(static pair => new[] { pair.Key, pair.Value })),
            ("folder and name of the file to start from", 0, [request.Folder, request.From?.Name ?? ""]),
        ];
        foreach (var (what, count, texts) in parts)
        {
            if (count > MostAnswers || texts.Any(static text => text.Length > LongestAnswer))
            {
                throw new EngineException(
                    ErrorKind.InvalidArgument,
                    $"{what}: more than {MostAnswers}, or one of more than {LongestAnswer} characters",
                    "begin a new conversation"
                );
            }
        }

        if (request.From is { } from && from.Text.Length > LongestFile)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"the file to start from has more than {LongestFile >> 20} MiB of text", "name a run config");
        }
    }

    private static FileStream Open(string path, PeerIdentity peer) => new(PeerFileAccess.Open(path, peer), FileAccess.Read);

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
            Whole = question.IsWhole,
        };
        if (question.Most is { } most)
        {
            wire.Most = most;
        }

        wire.Words.AddRange(question.Words);
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
