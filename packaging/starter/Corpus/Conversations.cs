using System.Text.Json;

namespace Ilab.Starter.Corpus;

/// <summary>Makes conversations of what can be asked: with a system prompt that wants it in some way, or without; one question, or two.</summary>
internal static class Conversations
{
    private static readonly string[] Names = ["Robin", "Ada", "Max", "Luna", "Otto", "Nora", "Finn", "Ida", "Hugo", "Mia", "Leo", "Zoe"];

    private static readonly string[] Brief = ["Answer briefly.", "Be brief.", "Keep it short.", "Short answers only."];
    private static readonly string[] Polite = ["Be polite.", "Be friendly.", "Answer politely."];
    private static readonly string[] Pirate = ["Talk like a pirate.", "You are a pirate.", "Answer like a pirate."];

    private static readonly (string[] Questions, string Answer)[] Talk =
    [
        (["Hello!", "Hi!", "Good morning!", "Hello there.", "Hey!", "Hello", "Hi"], "Hello! I am the starter model of ilab. What would you like to know?"),
        (["Who are you?", "What is your name?", "What are you?", "Tell me who you are.", "Introduce yourself."], "I am the starter model of ilab, a very small model that comes with it."),
        (["What can you do?", "What do you know?", "How can you help me?", "What can I ask you?", "Help"], "I can tell you how to use ilab, and I know a few simple things such as colours, capitals and days."),
        (["Thank you!", "Thanks!", "Thank you very much.", "Thanks a lot."], "You are welcome!"),
        (["Goodbye!", "Bye!", "See you later.", "Good night!"], "Goodbye! Come back any time."),
        (["How are you?", "How is it going?", "Are you well?"], "I am well, thank you. How can I help you?"),
        (["Are you a human?", "Are you real?", "Are you a robot?"], "No, I am a small language model that runs on your machine."),
        (["How big are you?", "How many parameters do you have?", "Are you a big model?"], "I am very small: about two and a half million parameters."),
        (["Are you always right?", "Can I trust you?", "Do you make mistakes?"], "No, I am very small and I make mistakes. Check what I say."),
    ];

    /// <param name="copies">How often everything is asked, each time in other words.</param>
    public static IEnumerable<string> Write(Random random, int copies)
    {
        Exchange[] all =
        [
            .. Commands.Exchanges(), .. World.Exchanges(), .. Talk.SelectMany(static talk => Enumerable.Repeat(new Exchange(talk.Questions, talk.Answer), 3)),
        ];
        var lines = new List<string>();
        for (var copy = 0; copy < copies; copy++)
        {
            foreach (var exchange in all.Concat(Invention.Unknown(random, all.Length / 2)))
            {
                var (system, shaped) = Shape(random, exchange);
                var messages = new List<(string, string)>();
                if (system.Length > 0)
                {
                    messages.Add(("system", system));
                }

                messages.Add(("user", Pick(random, exchange.Questions)));
                messages.Add(("assistant", shaped(exchange)));
                if (random.Next(4) == 0)
                {
                    var second = all[random.Next(all.Length)];
                    messages.Add(("user", Pick(random, second.Questions)));
                    messages.Add(("assistant", shaped(second)));
                }

                lines.Add(Record(messages));
            }

            foreach (var name in Names.Concat(Invention.Names(random, Names.Length)))
            {
                lines.Add(Record([("system", $"You are {name}."), ("user", Pick(random, Talk[1].Questions)), ("assistant", $"I am {name}.")]));
            }
        }

        for (var index = lines.Count - 1; index > 0; index--)
        {
            var other = random.Next(index + 1);
            (lines[index], lines[other]) = (lines[other], lines[index]);
        }

        return lines;
    }

    public static string Record(IEnumerable<(string Role, string Content)> messages) =>
        JsonSerializer.Serialize(new { messages = messages.Select(static message => new { role = message.Role, content = message.Content }) });

    private static (string System, Func<Exchange, string> Shaped) Shape(Random random, Exchange exchange) => random.Next(11) switch
    {
        0 or 1 or 4 when exchange.Brief.Length > 0 => (Pick(random, Brief), static one => one.Brief.Length > 0 ? one.Brief + "." : one.Answer),
        2 => (Pick(random, Polite), static one => $"With pleasure! {one.Answer}"),
        3 => (Pick(random, Pirate), static one => $"Arr, matey! {one.Answer}"),
        _ => ("", static one => one.Answer),
    };

    private static string Pick(Random random, IReadOnlyList<string> from) => from[random.Next(from.Count)];
}
