using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Models.Inference;

namespace Ilab.Cli.Commands.Models;

/// <summary>The options of commands that load a model.</summary>
internal sealed class LoadOptionSet
{
    private readonly Option<uint> _context = new("--ctx")
    {
        Description = "Context size in tokens; 0 = automatic",
        HelpName = "TOKENS",
        DefaultValueFactory = static _ => 0,
    };

    private readonly Option<string> _draft = new("--draft")
    {
        Description = "A smaller model with the same vocabulary, which guesses the next tokens of greedy answers: the same text, sooner",
        HelpName = "MODEL",
        DefaultValueFactory = static _ => "",
    };

    private readonly GenerationOptionSet _placement = new("device", "gpu_layers");

    public void AddTo(Command command)
    {
        command.Options.Add(_context);
        command.Options.Add(_draft);
        _placement.AddTo(command);
    }

    public LoadModelRequest Read(ParseResult line, string model)
    {
        var request = new LoadModelRequest
        {
            Model = new ModelSelector { Name = model },
            ContextLength = line.GetValue(_context),
            Draft = line.GetValue(_draft),
        };
        var placement = new GenerationSettings();
        _placement.Read(line, placement);
        placement.Place(request);
        return request;
    }
}
