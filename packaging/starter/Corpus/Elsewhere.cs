namespace Ilab.Starter.Corpus;

/// <summary>Questions about things that the starter knows nothing of, put together from many words, so that it learns what an unknown one looks like.</summary>
internal static class Elsewhere
{
    private static readonly string[] Asked =
    [
        "Who won the football game yesterday?", "What will the weather be tomorrow?", "Who is the president?", "What is the meaning of life?", "Tell me a joke.", "How far away is the moon?", "What time is it?", "Solve this equation.",
        "What is quantum physics?", "What is the stock price today?", "Recommend me a film.", "What should I eat tonight?", "How many people live in London?", "Which song is number one?", "Can you draw a picture?", "What is the news today?",
        "Why is the earth round?", "Who was the first man on the moon?", "What happened in 1969?", "What is a black hole?", "How much does gold cost?", "Do you know a good restaurant?", "When does the train leave?", "Who is my neighbour?",
        "What did I say yesterday?", "Where are my keys?", "What is in this picture?", "Order a pizza.", "Call my mother.", "Play some music.", "Set an alarm for seven.", "Guess what I think.",
    ];

    private static readonly string[] Deeds = ["invented", "discovered", "painted", "built", "wrote", "founded", "designed", "sang", "directed", "won", "bought", "opened", "found", "lost", "explored"];

    private static readonly string[] Works =
        ["the telephone", "the Mona Lisa", "paper", "the wheel", "electricity", "this book", "the last election", "the world cup", "America", "the piano", "the Eiffel tower", "penicillin", "the first car", "that opera", "the bicycle", "the steam engine", "the north pole", "the cinema", "glass", "the printing press"];

    private static readonly string[] Skills =
        ["cook pasta", "fix my bicycle", "learn to swim", "grow tomatoes", "paint a wall", "tie a tie", "write a letter", "build a house", "play chess", "dance the tango", "make cheese", "wash a sweater", "cut my hair", "plant a tree", "speak German", "lose weight", "sell my car", "clean a window", "find a job", "sleep better", "boil an egg", "draw a face"];

    private static readonly string[] Workings = ["airplanes", "vaccines", "engines", "telescopes", "batteries", "fridges", "clouds", "rockets", "magnets", "elections", "banks", "volcanoes", "bridges", "lungs", "radars", "clocks"];

    private static readonly string[] Pieces = ["a poem", "an essay", "a story", "a letter", "a speech", "a joke", "a program", "a review", "a recipe", "a play"];

    private static readonly string[] Topics = ["love", "history", "the sea", "autumn", "my garden", "friendship", "war", "a lost dog", "the mountains", "my boss", "snow", "freedom", "a dragon", "school", "football", "old age", "a journey", "cheese"];

    private static readonly string[] Most = ["best", "fastest", "largest", "oldest", "richest", "smallest", "longest", "most famous", "cheapest", "heaviest", "strongest", "highest"];

    private static readonly string[] Kinds = ["car", "animal", "person", "city", "film", "tree", "ship", "mountain", "king", "team", "bird", "building", "phone", "river", "school", "star", "castle", "singer"];

    private static readonly string[] Measures = ["far away", "old", "big", "deep", "heavy", "hot", "expensive", "long", "dangerous", "popular"];

    private static readonly string[] Objects = ["the earth", "Jupiter", "the Roman empire", "a whale", "the ocean", "a diamond", "this city", "the pyramid", "a ticket", "the universe", "my street", "a tiger", "the Nile", "that hotel", "a lightning", "the desert"];

    private static readonly string[] Persons = ["Mozart", "Napoleon", "Einstein", "Cleopatra", "Newton", "Goethe", "Darwin", "Columbus", "Picasso", "Beethoven", "my uncle", "the queen", "the mayor", "the pope"];

    private static readonly string[] Favours = ["book a table", "send an email", "buy a ticket", "call a taxi", "read my mail", "sing a song", "translate this", "check my homework", "find a hotel", "count these stars", "see me", "open the door", "remember my birthday", "predict the future"];

    public static string Ask(Random random)
    {
        return random.Next(16) switch
        {
            0 => $"Who {Of(Deeds)} {Of(Works)}?",
            1 => $"When was {Of(Persons)} born?",
            2 => $"Who was {Of(Persons)}?",
            3 => $"How do I {Of(Skills)}?",
            4 => $"Teach me how to {Of(Skills)}.",
            5 => $"How do {Of(Workings)} work?",
            6 => $"Write {Of(Pieces)} about {Of(Topics)}.",
            7 => $"Write me {Of(Pieces)}.",
            8 => $"Who is the {Of(Most)} {Of(Kinds)}?",
            9 => $"Which {Of(Kinds)} is the {Of(Most)}?",
            10 => $"How {Of(Measures)} is {Of(Objects)}?",
            11 => $"Tell me about {Of(Topics, Persons, Objects)}.",
            12 => $"Can you {Of(Favours)} for me?",
            13 => $"What do you think of {Of(Topics, Persons)}?",
            14 => $"Where is the {Of(Most)} {Of(Kinds)}?",
            _ => Of(Asked),
        };

        string Of(params string[][] lists)
        {
            var list = lists[random.Next(lists.Length)];
            return list[random.Next(list.Length)];
        }
    }
}
