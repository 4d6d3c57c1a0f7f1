using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Wizard;

namespace Ilab.Cli.Tests.Commands.Config;

/// <summary>What is kept of a conversation.</summary>
public sealed class WizardTalkTests
{
    [Theory]
    [InlineData("", "lora")]
    [InlineData("2", "full")]
    [InlineData("3", "3")]
    [InlineData("0", "0")]
    [InlineData("typed", "typed")]
    public void AnAnswerIsKeptAsWhatItStoodFor(string answer, string expected)
    {
        var question = new WizardQuestion
        {
            Id = "training-type",
            Suggested = "lora",
            Choices =
            {
                new WizardChoice { Value = "lora" },
                new WizardChoice { Value = "full" },
            },
        };
        Assert.Equal(expected, WizardTalk.Meaning(question, answer));
    }

    [Fact]
    public void ANumberIsNotTakenForThatOfAChoice()
    {
        Assert.Equal("8", WizardTalk.Meaning(new WizardQuestion { Suggested = "8" }, ""));
        Assert.Equal("", WizardTalk.Meaning(new WizardQuestion { Suggested = "8", Choices = { new WizardChoice { Value = "all" } } }, ""));
        Assert.Equal("1", WizardTalk.Meaning(new WizardQuestion { Choices = { new WizardChoice { Value = "100" } } }, "1"));
    }

    [Fact]
    public void AnAnswerThatIsWrongGoesWithThoseAfterIt()
    {
        var request = new WizardRequest();
        foreach (var id in new[] { "model", "dataset", "rank" })
        {
            request.Answers.Add(new WizardAnswer { Question = id, Value = "x" });
        }

        WizardTalk.Forget(request, "epochs");
        Assert.Equal(3, request.Answers.Count);
        WizardTalk.Forget(request, "dataset");
        Assert.Equal("model", Assert.Single(request.Answers).Question);
    }
}
