using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>Names of new models.</summary>
internal static class ResultName
{
    private const int Longest = 60;

    /// <summary>A valid name from those of the base and the data.</summary>
    public static string Of(string model, string dataset)
    {
        var name = ModelName.Sanitize($"{model.Split('/')[^1].Split(':')[0]}-{Path.GetFileNameWithoutExtension(dataset.Split(':')[0])}");
        return name.Length == 0 ? "trained" : name[..Math.Min(name.Length, Longest)].TrimEnd('-', '.', '_');
    }

    /// <exception cref="FormatException">Not a name.</exception>
    public static string Check(string name)
    {
        try
        {
            ModelName.Parse(name);
            return name;
        }
        catch (EngineException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }
}
