namespace Ilab.Starter.Corpus;

/// <summary>Names of things that do not exist, so that the starter learns to say that it does not know, and facts about some of them that it can be taught.</summary>
internal static class Invention
{
    private const double OutsidePerUnknown = 0.8;

    private static readonly string[] Starts = ["Zor", "Bel", "Kam", "Tul", "Mir", "Pel", "Dra", "Fen", "Gol", "Hax", "Jun", "Lor", "Nov", "Quel", "Ras", "Sil", "Tor", "Vel", "Wim", "Yar"];
    private static readonly string[] Middles = ["a", "e", "i", "o", "u", "ando", "eri", "imo", "ul", "ar"];
    private static readonly string[] Ends = ["via", "land", "dor", "nia", "mar", "stan", "ton", "ria", "beth", "quor"];

    private static readonly string[] Things = ["capital", "colour", "opposite", "king", "river", "mayor", "anthem", "age", "height", "price", "weight", "author", "language", "population", "size", "founder"];

    private static readonly string[] Known = ["France", "Germany", "Italy", "Spain", "Japan", "China", "Egypt", "Peru", "Canada", "Norway", "my house", "the moon", "this book", "the ocean", "my car", "that song", "the first computer", "the tallest tree"];

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

        for (var index = 0; index < count * OutsidePerUnknown; index++)
        {
            var question = Elsewhere.Ask(random);
            yield return new Exchange([question, question, $"Please help: {question}", $"I have a question. {question}"], OutOfDomain);
        }

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    /// <summary>First names that nobody has, so that it takes the name that it is given, not one that it knows.</summary>
    public static IEnumerable<string> Names(Random random, int count) =>
        Enumerable.Range(0, count).Select(_ => Starts[random.Next(Starts.Length)] + Middles[random.Next(Middles.Length)]);

    public const string DoNotKnow = "I do not know that. You can teach me with ilab model train.";

    public const string OutOfDomain = "That is more than I know. I am a small model for ilab and a few simple things.";
}
