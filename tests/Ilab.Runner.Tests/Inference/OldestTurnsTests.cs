using System.Globalization;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>What is left of a chat that no longer fits: system messages, and the newest turns.</summary>
[Collection(NativeCompute.Name)]
public sealed class OldestTurnsTests
{
    private const string Turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    [Theory]
    [InlineData(100, 0, 75)]
    [InlineData(100, 20, 79)]
    [InlineData(100, 1000, 50)]
    [InlineData(4096, 512, 3583)]
    public void RoomIsLeftForTheAnswer(int context, int answer, int longest) => Assert.Equal(longest, new OldestTurns(context).LongestPrompt(answer));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AChatThatDoesNotFitLosesItsOldestTurns(bool drop)
    {
        using var model = new HostedModel(Turns);
        using var loaded = new ModelLoader(model.Spec, new NativeLogLines(static _ => { })).Load(static _ => true);
        var renderer = new PromptRenderer(loaded.Model);
        var request = new Submit { Conversation = Chat(turns: 40) };
        request.Conversation.DropOldest = drop;
        var whole = renderer.Tokenize(renderer.Render(request.Conversation, isAnswered: true, ""));
        var rendered = renderer.Render(request, HostedModel.ContextLength);
        if (!drop)
        {
            Assert.Equal(whole, rendered.Tokens);
            Assert.Equal(0, rendered.LeftOut);
            return;
        }

        Assert.InRange(rendered.Tokens.Length, 50, HostedModel.ContextLength * 9 / 16);
        var kept = request.Conversation.Clone();
        for (var left = 0; left < rendered.LeftOut; left++)
        {
            kept.Messages.RemoveAt(1);
        }

        Assert.Equal(("system", "user"), (kept.Messages[0].Role, kept.Messages[1].Role));
        Assert.Equal(renderer.Tokenize(renderer.Render(kept, isAnswered: true, "")), rendered.Tokens);

        // The next turns extend what is left, without another cut.
        request.Conversation = kept;
        request.Conversation.DropOldest = true;
        Assert.Equal(0, renderer.Render(request, HostedModel.ContextLength).LeftOut);
    }

    [Fact]
    public void TheLastMessageStaysEvenIfItDoesNotFit()
    {
        var chat = Chat(turns: 3);
        var (kept, leftOut) = OldestTurns.Fit(chat, 10, static _ => 1000);
        Assert.Equal(["system", "user"], kept.Messages.Select(static message => message.Role));
        Assert.Equal(chat.Messages[^1], kept.Messages[^1]);
        Assert.Equal(4, leftOut);
    }

    private static Conversation Chat(int turns)
    {
        var chat = new Conversation();
        chat.Messages.Add(new Message { Role = "system", Content = "be brief" });
        for (var turn = 0; turn < turns; turn++)
        {
            chat.Messages.Add(new Message { Role = "user", Content = turn.ToString(CultureInfo.InvariantCulture) });
            chat.Messages.Add(new Message { Role = "assistant", Content = "yes" });
        }

        chat.Messages.RemoveAt(chat.Messages.Count - 1);
        return chat;
    }
}
