namespace Ilab.Jinja;

/// <summary>A template that cannot be read or rendered.</summary>
public class TemplateException(string message) : Exception(message);

/// <summary>A name was used that has no value.</summary>
public sealed class UndefinedException(string name) : TemplateException($"{name} is not defined")
{
    public string Name { get; } = name;
}
