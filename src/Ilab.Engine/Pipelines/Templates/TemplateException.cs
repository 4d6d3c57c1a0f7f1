namespace Ilab.Engine.Pipelines.Templates;

/// <summary>A template that cannot be read or rendered.</summary>
internal class TemplateException(string message) : Exception(message);

/// <summary>A name was used that has no value.</summary>
internal sealed class UndefinedException(string name) : TemplateException($"{name} is not defined")
{
    public string Name { get; } = name;
}
