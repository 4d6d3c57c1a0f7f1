using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>A conversation: with which model, under which instructions and settings, and what was said.</summary>
public sealed class ChatSession(string model)
{
    private readonly List<ChatMessage> _messages = [];

    public string Model { get; set; } = model;

    /// <summary>Instructions that come before everything said; empty = none.</summary>
    public string System { get; set; } = "";

    public GenerationSettings Settings { get; set; } = new();

    /// <summary>Without the system prompt.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>Starts anew; model, system prompt and settings stay.</summary>
    public void Clear() => _messages.Clear();

    public void Add(string role, string content) => _messages.Add(new ChatMessage { Role = role, Content = content });

    /// <summary>The request for the answer to one more thing said, which is not part of the conversation until it was answered.</summary>
    public GenerateRequest Ask(string text)
    {
        var conversation = new Conversation();
        if (System.Length > 0)
            conversation.Messages.Add(new ChatMessage { Role = "system", Content = System });
        conversation.Messages.AddRange(_messages);
        conversation.Messages.Add(new ChatMessage { Role = "user", Content = text });
        GenerateRequest request = Settings.ToRequest(new ModelSelector { Name = Model });
        request.Conversation = conversation;
        return request;
    }

    /// <summary>Takes another conversation's place, as after /load.</summary>
    public void Become(ChatSession other)
    {
        Model = other.Model;
        System = other.System;
        Settings = other.Settings;
        _messages.Clear();
        _messages.AddRange(other._messages);
    }
}
