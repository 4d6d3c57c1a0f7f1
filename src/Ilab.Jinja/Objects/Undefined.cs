namespace Ilab.Jinja.Objects;

/// <summary>The value of a missing name or member.</summary>
/// <param name="isStrict">Whether every use is an error, not only arithmetic, calls and members.</param>
/// <param name="isUnsafe">Whether the sandbox hides the member.</param>
internal sealed class Undefined(string message, string name, bool isStrict, bool isUnsafe = false)
{
    public bool IsStrict => isStrict;

    public TemplateException Error() => isUnsafe ? new TemplateException(message) : new UndefinedException(name, isStrict ? null : message);

    public static Undefined Unsafe(object? target, string name) =>
        new($"access to attribute '{name}' of '{Types.Name(target)}' object is unsafe.", name, false, true);

    /// <exception cref="TemplateException">Uses of undefined values are errors.</exception>
    public void Use()
    {
        if (isStrict)
        {
            throw Error();
        }
    }
}
