using System.Text.Json;
using Ilab.Starter.Corpus;
using Ilab.Starter.Tokens;

// Writes into a folder: corpus.jsonl, blank.gguf, facts.jsonl, facts-test.jsonl. The same every time.
const int Seed = 20,
    Copies = 12;
var folder = args is [var named] ? named : ".";
Directory.CreateDirectory(folder);
var corpus = Conversations.Write(new Random(Seed), Copies).ToArray();
File.WriteAllLines(Path.Combine(folder, "corpus.jsonl"), corpus);

var trainer = new BpeTrainer();
foreach (var line in corpus)
{
    using var json = JsonDocument.Parse(line);
    foreach (var message in json.RootElement.GetProperty("messages").EnumerateArray())
    {
        trainer.Add(message.GetProperty("content").GetString()!);
    }
}

BlankModel.Write(Path.Combine(folder, "blank.gguf"), trainer.Train(BlankModel.Pieces));

// What it does not know, and can be taught: the words of the test are none of the training's.
File.WriteAllLines(
    Path.Combine(folder, "facts.jsonl"),
    Invention.Facts.SelectMany(static fact =>
        Questions
            .Fill(Questions.OfAThing, fact.Kind, fact.Name)
            .Select(question => Conversations.Record([("user", question), ("assistant", Invention.Answer(fact.Kind, fact.Name, fact.Value))]))
    )
);
File.WriteAllLines(
    Path.Combine(folder, "facts-test.jsonl"),
    Invention.Facts.SelectMany(static fact =>
        Questions
            .Fill(Invention.HeldBack, fact.Kind, fact.Name)
            .Select(question => JsonSerializer.Serialize(new { question, answer = Invention.Answer(fact.Kind, fact.Name, fact.Value) }))
    )
);
Console.WriteLine($"{corpus.Length} conversations, {trainer.Train(BlankModel.Pieces).Count} pieces");
