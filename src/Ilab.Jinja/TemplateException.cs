namespace Ilab.Jinja;

/// <summary>A template cannot be parsed or rendered.</summary>
public class TemplateException(string message) : Exception(message);

/// <summary>A name without a value was used.</summary>
public sealed class UndefinedException(string name, string? message = null) : TemplateException(message ?? $"{name} is not defined")
{
    public string Name { get; } = name;
}

/// <summary>The template itself refused its input with <c>raise_exception</c>; the message is the template's.</summary>
public sealed class TemplateRefusedException(string message) : TemplateException(message);

/// <summary>Parsing or rendering exceeded one of <see cref="TemplateLimits"/>.</summary>
/// <param name="limit">Name of the property of <see cref="TemplateLimits"/>.</param>
public sealed class TemplateLimitException(string limit, long value) : TemplateException($"the template exceeds the limit {limit} ({value})")
{
    public string Limit { get; } = limit;
}
