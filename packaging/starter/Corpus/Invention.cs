namespace Ilab.Starter.Corpus;

/// <summary>Names of things that do not exist, so that the starter learns to say that it does not know, and facts about some of them that it can be taught.</summary>
internal static class Invention
{
    private static readonly string[] Starts = ["Zor", "Bel", "Kam", "Tul", "Mir", "Pel", "Dra", "Fen", "Gol", "Hax", "Jun", "Lor", "Nov", "Quel", "Ras", "Sil", "Tor", "Vel", "Wim", "Yar"];
    private static readonly string[] Middles = ["a", "e", "i", "o", "u", "ando", "eri", "imo", "ul", "ar"];
    private static readonly string[] Ends = ["via", "land", "dor", "nia", "mar", "stan", "ton", "ria", "beth", "quor"];

    private static readonly string[] Things = ["capital", "colour", "opposite", "king", "river", "mayor", "anthem", "age", "height", "price", "weight", "author", "language", "population", "size", "founder"];

    private static readonly string[] Known = ["France", "Germany", "Italy", "Spain", "Japan", "China", "Egypt", "Peru", "Canada", "Norway", "my house", "the moon", "this book", "the ocean", "my car", "that song", "the first computer", "the tallest tree"];

    private static readonly string[] Elsewhere =
    [
        "Who won the football game yesterday?", "Write me a poem about love.", "What will the weather be tomorrow?", "Write a program in Python.", "Translate this into French.", "Who is the president?", "How do I cook pasta?",
        "What is the meaning of life?", "Tell me a joke.", "Who wrote this book?", "How far away is the moon?", "What time is it?", "Solve this equation.", "Who painted the Mona Lisa?", "What is quantum physics?", "How old is the earth?",
        "What is the stock price today?", "Recommend me a film.", "What should I eat tonight?", "Who invented the telephone?", "How many people live in London?", "Tell me about the Roman empire.", "What is the best car?", "How do I fix my bicycle?",
        "Which song is number one?", "Can you draw a picture?", "What is the news today?", "How do airplanes fly?", "Why is the earth round?", "Who was the first man on the moon?", "How do I learn to swim?", "What happened in 1969?",
        "What is a black hole?", "How much does gold cost?", "Write an essay about history.", "Who is the richest person?", "Do you know a good restaurant?", "When does the train leave?", "What is the fastest animal?", "How do vaccines work?",
    ];

    private static readonly string[] FactKinds = ["capital", "king", "river", "colour"];

    private static readonly string[] Values = ["Ombrel", "Tandis", "Kurvo", "Velmi", "Sarqua", "Nimbor", "Dolfen", "Pirret", "Zubari", "Holmak", "Wenlo", "Castrin"];

    /// <summary>Held back: the starter is never asked for these, and no training sees these words.</summary>
    public static readonly string[] HeldBack = ["Hello, what is the {0} of {1}?", "I would like to know the {0} of {1}.", "Do you happen to know the {0} of {1}?", "Can you please tell me what the {0} of {1} is?"];

    /// <summary>Made-up facts, each with the questions that teach it.</summary>
    public static IReadOnlyList<(string Kind, string Name, string Value)> Facts { get; } =
        [.. Enumerable.Range(0, 12).Select(static index => (FactKinds[index % FactKinds.Length], Starts[index + 3] + "oxa" + Ends[index % 5], Values[index]))];

    public static string Answer(string kind, string name, string value) => $"The {kind} of {name} is {value}.";

    public static IEnumerable<Exchange> Unknown(Random random, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var name = random.Next(4) == 0 ? Pick(Known) : Pick(Starts) + Pick(Middles) + Pick(Ends);
            var thing = name.StartsWith("the ", StringComparison.Ordinal) || Known.Contains(name) ? Things[random.Next(3, Things.Length)] : Pick(Things);
            yield return new Exchange(Questions.Fill(Questions.OfAThing, thing, name), DoNotKnow, "I do not know");
        }

        foreach (var question in Elsewhere)
        {
            yield return new Exchange([question, question, $"Please help: {question}", $"I have a question. {question}"], OutOfDomain);
        }

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    public const string DoNotKnow = "I do not know that. You can teach me with ilab model train.";

    public const string OutOfDomain = "That is more than I know. I am a small model for ilab and a few simple things.";
}
