using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>A chat: model, system prompt, settings and messages.</summary>
public sealed class ChatSession(string model)
{
    private readonly List<ChatMessage> _messages = [];
    private int _leftOut;

    public string Model { get; set; } = model;

    /// <summary>System prompt; empty = none.</summary>
    public string System { get; set; } = "";

    public GenerationSettings Settings { get; set; } = new();

    /// <summary>Variables of the chat template, a JSON object; empty = none.</summary>
    public string Variables { get; set; } = "";

    /// <summary>Without the system prompt.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>Removes the messages; model, system prompt and settings stay.</summary>
    public void Clear()
    {
        _messages.Clear();
        _leftOut = 0;
    }

    /// <summary>Leaves out further messages, the oldest first, which no longer fit the context. They stay in <see cref="Messages"/>.</summary>
    public void LeaveOut(int count) => _leftOut += count;

    public void Add(string role, string content) => _messages.Add(new ChatMessage { Role = role, Content = content });

    /// <summary>The request for an answer to a new message, which joins the chat only once it has been answered.</summary>
    public GenerateRequest Ask(string text)
    {
        var conversation = new Conversation { Variables = Variables, DropOldest = true };
        if (System.Length > 0)
            conversation.Messages.Add(new ChatMessage { Role = "system", Content = System });
        conversation.Messages.AddRange(_messages.Skip(_leftOut));
        conversation.Messages.Add(new ChatMessage { Role = "user", Content = text });
        GenerateRequest request = Settings.ToRequest(new ModelSelector { Name = Model });
        request.Conversation = conversation;
        return request;
    }

    /// <summary>Becomes a copy of another chat, as after /load.</summary>
    public void Become(ChatSession other)
    {
        Model = other.Model;
        System = other.System;
        Settings = other.Settings;
        Variables = other.Variables;
        _messages.Clear();
        _messages.AddRange(other._messages);
        _leftOut = other._leftOut;
    }
}
