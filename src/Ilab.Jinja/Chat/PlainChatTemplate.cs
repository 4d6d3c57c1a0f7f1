namespace Ilab.Jinja.Chat;

/// <summary>The template of models that have none: each message with the name of its role before it.</summary>
public static class PlainChatTemplate
{
    public const string Text =
        "{% for message in messages %}{{ {'system': 'System', 'developer': 'System', 'assistant': 'Assistant', 'tool': 'Tool'}.get(message.role, 'User') }}: "
        + "{{ message.content }}{% if not loop.last or add_generation_prompt %}{{ '\n' }}{% endif %}{% endfor %}"
        + "{% if add_generation_prompt %}Assistant:{% endif %}";
}
