using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>Reads the text of a Modelfile.</summary>
public static class ModelfileParser
{
    private static readonly string[] Roles = ["system", "user", "assistant"];

    /// <exception cref="EngineException">INVALID_ARGUMENT: not text, or the first line that is wrong.</exception>
    public static Modelfile Parse(ReadOnlySpan<byte> bytes) =>
        Parse(
            ModelfileScanner.Decode(bytes) ?? throw new EngineException(ErrorKind.InvalidArgument, $"the {Modelfile.FileName} is not text", "save it as UTF-8")
        );

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static Modelfile Parse(string text)
    {
        ModelfileValue? from = null;
        var (adapters, messages, licenses, warnings) = (new List<ModelfileValue>(), new List<ModelTurn>(), new List<string>(), new List<string>());
        var settings = new ModelSettings();
        foreach (var instruction in ModelfileScanner.Scan(text))
        {
            var value = instruction.Value;
            switch (instruction.Name)
            {
                case "FROM" when from is not null:
                    throw Wrong(
                        instruction,
                        $"a second FROM; the first is in line {from.Line}",
                        "projectors of vision models are not used: leave the line out"
                    );
                case "FROM":
                    from = new ModelfileValue(value, instruction.Line);
                    break;
                case "ADAPTER":
                    adapters.Add(new ModelfileValue(value, instruction.Line));
                    break;
                case "SYSTEM":
                    settings = settings with { System = value };
                    break;
                case "TEMPLATE":
                    settings = settings with { Template = value };
                    break;
                case "LICENSE":
                    licenses.Add(value);
                    break;
                case "MESSAGE":
                    messages.Add(TurnOf(instruction));
                    break;
                case "PARAMETER":
                    settings = settings with { Parameters = Set(settings.Parameters, instruction, warnings) };
                    break;
                default:
                    warnings.Add($"line {instruction.Line}: {instruction.Name} is not used here");
                    break;
            }
        }

        return new Modelfile
        {
            From = from ?? throw new EngineException(ErrorKind.InvalidArgument, $"the {Modelfile.FileName} has no FROM", "begin it with FROM and a model"),
            Adapters = adapters,
            Settings = settings with { Messages = messages },
            License = licenses.Count > 0 ? string.Join("\n\n", licenses) : null,
            Warnings = warnings,
        };
    }

    private static ModelTurn TurnOf(ModelfileInstruction instruction)
    {
        var role = instruction.Key.ToLowerInvariant();
        return Roles.Contains(role)
            ? new ModelTurn(role, instruction.Value)
            : throw Wrong(instruction, $"\"{role}\" is no role", $"use one of {string.Join(", ", Roles)}");
    }

    private static ModelParameters Set(ModelParameters parameters, ModelfileInstruction instruction, List<string> warnings)
    {
        try
        {
            if (ModelfileParameters.Set(parameters, instruction.Key.ToLowerInvariant(), instruction.Value) is { } changed)
            {
                return changed;
            }
        }
        catch (FormatException exception)
        {
            throw Wrong(instruction, $"{exception.Message}, not \"{instruction.Value}\"");
        }

        warnings.Add($"line {instruction.Line}: the parameter {instruction.Key} is not used here");
        return parameters;
    }

    private static EngineException Wrong(ModelfileInstruction instruction, string message, string hint = "") =>
        ModelfileScanner.Wrong(instruction.Line - 1, message, hint);
}
