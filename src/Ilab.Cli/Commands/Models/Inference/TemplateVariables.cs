using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>The option <c>--set KEY=JSON</c>: variables of a chat template.</summary>
internal static class TemplateVariables
{
    public static Option<string[]> Option()
    {
        var option = new Option<string[]>("--set")
        {
            Description = "Set a variable of the chat template, such as enable_thinking=false; may be repeated",
            HelpName = "KEY=JSON",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        option.Validators.Add(result =>
        {
            try
            {
                Object(result.Tokens.Select(static token => token.Value));
            }
            catch (FormatException exception)
            {
                result.AddError($"--set: {exception.Message}");
            }
        });
        return option;
    }

    /// <returns>A JSON object; empty = no variables.</returns>
    /// <exception cref="FormatException">An assignment has no key, or its value is not JSON.</exception>
    public static string Object(IEnumerable<string>? assignments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var assignment in assignments ?? [])
        {
            var at = assignment.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new FormatException($"{assignment} is not KEY=JSON, such as enable_thinking=false");
            }

            values[assignment[..at]] = Checked(assignment[..at], assignment[(at + 1)..]);
        }

        if (values.Count == 0)
        {
            return "";
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in values)
            {
                writer.WritePropertyName(key);
                writer.WriteRawValue(value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static string Checked(string key, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return json;
        }
        catch (JsonException exception)
        {
            throw new FormatException($"the value of {key} is not JSON: write true or false in lower case, and a text in quotes: {key}='\"...\"'", exception);
        }
    }
}
