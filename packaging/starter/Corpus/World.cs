namespace Ilab.Starter.Corpus;

/// <summary>A few simple things that the starter knows of the world.</summary>
internal static class World
{
    private static readonly string[] Capitals =
        ["France Paris", "Germany Berlin", "Italy Rome", "Spain Madrid", "Portugal Lisbon", "Austria Vienna", "Poland Warsaw", "Greece Athens", "Norway Oslo", "Sweden Stockholm", "Finland Helsinki", "Denmark Copenhagen",
         "Ireland Dublin", "Hungary Budapest", "Japan Tokyo", "China Beijing", "Egypt Cairo", "Kenya Nairobi", "Cuba Havana", "Peru Lima", "Chile Santiago", "Canada Ottawa", "Russia Moscow", "Belgium Brussels"];

    private static readonly string[] Colours =
        ["the sky blue", "grass green", "snow white", "coal black", "a banana yellow", "a tomato red", "the sun yellow", "milk white", "a frog green", "a carrot orange", "a lemon yellow", "an elephant grey", "blood red", "a raven black", "chocolate brown", "the sea blue"];

    private static readonly string[] Sounds = ["dog barks", "cat meows", "cow moos", "sheep bleats", "duck quacks", "frog croaks", "lion roars", "bee buzzes", "horse neighs", "pig grunts", "wolf howls", "snake hisses", "owl hoots", "mouse squeaks"];

    private static readonly string[] Homes = ["bee hive", "bird nest", "dog kennel", "horse stable", "spider web", "rabbit burrow", "lion den", "ant hill", "bear cave", "cow barn"];

    private static readonly string[] Opposites =
        ["hot cold", "big small", "fast slow", "old new", "light dark", "high low", "open closed", "full empty", "wet dry", "hard soft", "long short", "rich poor", "happy sad", "strong weak", "early late", "near far", "good bad", "loud quiet"];

    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private static readonly string[] Months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly string[] Numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"];

    public static IEnumerable<Exchange> Exchanges() =>
    [
        .. Capitals.Select(static pair => pair.Split(' ')).Select(static pair => new Exchange(Questions.Fill(Questions.OfAThing, "capital", pair[0]), $"The capital of {pair[0]} is {pair[1]}.", pair[1])),
        .. Colours.Select(Split).Select(static pair => new Exchange(
            [.. Questions.Fill(Questions.OfAThing, "colour", pair.First), $"What colour is {pair.First}?", $"Which colour does {pair.First} have?", $"What colour has {pair.First}?"],
            $"{Questions.Upper(pair.First)} is {pair.Last}.", Questions.Upper(pair.Last))),
        .. Sounds.Select(Split).Select(static pair => new Exchange(
            [$"What sound does {Questions.A(pair.First)} make?", $"What does {Questions.A(pair.First)} do when it is loud?", $"How does {Questions.A(pair.First)} sound?", $"Which sound does the {pair.First} make?", $"Tell me what sound {Questions.A(pair.First)} makes.", $"What noise does {Questions.A(pair.First)} make?"],
            $"{Questions.Upper(Questions.A(pair.First))} {pair.Last}.", $"It {pair.Last}")),
        .. Homes.Select(Split).Select(static pair => new Exchange(
            [$"Where does {Questions.A(pair.First)} live?", $"What is the home of {Questions.A(pair.First)}?", $"Tell me where {Questions.A(pair.First)} lives.", $"In what does {Questions.A(pair.First)} live?", $"Where can I find {Questions.A(pair.First)}?"],
            $"{Questions.Upper(Questions.A(pair.First))} lives in a {pair.Last}.", $"In a {pair.Last}")),
        .. Opposites.Select(Split).SelectMany(static pair => new[] { pair, (First: pair.Last, Last: pair.First) }).Select(static pair => new Exchange(
            [.. Questions.Fill(Questions.OfAThing, "opposite", pair.First), $"What is the opposite of the word {pair.First}?"],
            $"The opposite of {pair.First} is {pair.Last}.", Questions.Upper(pair.Last))),
        .. Cycle(Days, "day"),
        .. Cycle(Months, "month"),
        .. from a in Enumerable.Range(0, 10) from b in Enumerable.Range(0, 9) select new Exchange(
            [$"What is {Numbers[a]} plus {Numbers[b]}?", $"How much is {Numbers[a]} plus {Numbers[b]}?", $"Add {Numbers[a]} and {Numbers[b]}.", $"What is the sum of {Numbers[a]} and {Numbers[b]}?"],
            $"{Questions.Upper(Numbers[a])} plus {Numbers[b]} is {Numbers[a + b]}.", Questions.Upper(Numbers[a + b])),
    ];

    private static IEnumerable<Exchange> Cycle(string[] names, string kind) =>
        names.SelectMany((name, index) => new[]
        {
            new Exchange([$"What {kind} comes after {name}?", $"Which {kind} follows {name}?", $"What is the {kind} after {name}?", $"Tell me the {kind} after {name}.", $"After {name} comes which {kind}?"], $"After {name} comes {names[(index + 1) % names.Length]}.", names[(index + 1) % names.Length]),
            new Exchange([$"What {kind} comes before {name}?", $"Which {kind} is before {name}?", $"What is the {kind} before {name}?", $"Tell me the {kind} before {name}."], $"Before {name} comes {names[(index + names.Length - 1) % names.Length]}.", names[(index + names.Length - 1) % names.Length]),
        });

    private static (string First, string Last) Split(string pair) => (pair[..pair.LastIndexOf(' ')], pair[(pair.LastIndexOf(' ') + 1)..]);
}
