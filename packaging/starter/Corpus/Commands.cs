namespace Ilab.Starter.Corpus;

/// <summary>What the starter knows of ilab: its commands, and what they are for.</summary>
internal static class Commands
{
    private static readonly (string Wish, string Command, string Also)[] All =
    [
        ("download a model", "ilab model download NAME", "The download is a job and goes on when you close the terminal."),
        ("list my models", "ilab model ls", "It shows their names, sizes and types."),
        ("see which models I have", "ilab model ls", "It shows their names, sizes and types."),
        ("run a model", "ilab model run NAME", "It loads the model and opens a chat."),
        ("chat with a model", "ilab model run NAME", "It loads the model and opens a chat."),
        ("remove a model", "ilab model rm NAME", "The disk space is free again afterwards."),
        ("delete a model", "ilab model rm NAME", "The disk space is free again afterwards."),
        ("train a model", "ilab model train BASE --data FILE.jsonl --tag NAME", "The file has one example in each line."),
        ("teach a model new facts", "ilab model train BASE --data FILE.jsonl --tag NAME", "The file has one example in each line."),
        ("fine-tune a model", "ilab model train BASE --data FILE.jsonl --tag NAME", "The file has one example in each line."),
        ("make a model smaller", "ilab model quantize NAME --type Q8_0", "It takes less memory then."),
        ("quantize a model", "ilab model quantize NAME --type Q8_0", "It takes less memory then."),
        ("convert a model", "ilab model convert FOLDER", "It reads a folder of Hugging Face files and makes a GGUF of it."),
        ("import a file", "ilab model import FILE", "The file becomes a model of the store."),
        ("rename a model", "ilab model tag OLD NEW", "Both names stand for the same model."),
        ("copy a model", "ilab model cp OLD NEW", "The weights are stored only once."),
        ("see which models are loaded", "ilab model ps", "It shows what is in memory now."),
        ("stop a model", "ilab model stop NAME", "Its memory is free again then."),
        ("load a model", "ilab model load NAME", "It stays in memory until it is not used."),
        ("look at a model", "ilab model inspect NAME", "It shows everything that is known about it."),
        ("see my jobs", "ilab job ls", "With --all it shows those that have ended too."),
        ("cancel a job", "ilab job cancel ID", "It ends as soon as it can."),
        ("follow a job", "ilab job attach ID", "You can leave and come back at any time."),
        ("read the log of a job", "ilab job logs ID", "It shows what the job has said so far."),
        ("wait for a job", "ilab job wait ID", "It returns when the job has ended."),
        ("draw the loss of a training", "ilab job inspect ID --plot loss.svg", "The picture shows how well the training went."),
        ("free disk space", "ilab system prune", "It removes what nothing needs any more."),
        ("see how much disk space is used", "ilab system df", "It shows models, jobs and what could be freed."),
        ("check my taxonomy", "ilab tax check", "It names every problem with its file and line."),
        ("see what changed in my taxonomy", "ilab tax diff", "It lists the files that are new or different."),
        ("see the version", "ilab version", "It shows the version of the client and of the service."),
        ("get help", "ilab --help", "Every command has a --help of its own."),
    ];

    private static readonly (string[] Questions, string Answer)[] About =
    [
        (["What is ilab?", "Tell me about ilab.", "What does ilab do?", "Explain ilab to me.", "What can ilab do?", "I am new here. What is ilab?"], "ilab is a program that downloads, runs and trains language models on your own machine."),
        (["What is a model?", "Explain what a model is.", "What does model mean?", "Tell me what a language model is."], "A language model is a program that has learned from text and can continue it, for example to answer a question."),
        (["What is a job?", "What does job mean in ilab?", "Explain jobs to me.", "Tell me what a job is."], "A job is long work that ilab does for you, such as a download or a training, and that survives a restart."),
        (["What is training?", "What happens in a training?", "Explain training to me.", "Tell me what training means."], "In a training a model sees examples again and again, and its numbers change until it answers as the examples do."),
        (["What is LoRA?", "Explain LoRA to me.", "What does LoRA mean?", "Tell me about LoRA."], "LoRA trains a small adapter beside a model, so that the model itself stays as it is."),
        (["What is a GGUF file?", "What is GGUF?", "Explain GGUF.", "Tell me about GGUF files."], "GGUF is a file format for models: one file holds the weights, the vocabulary and the chat template."),
        (["What is quantization?", "Explain quantization.", "What does quantizing do?", "Tell me about quantization."], "Quantization stores the numbers of a model with fewer bits, so that it is smaller and faster and a little less exact."),
        (["What is a taxonomy?", "Explain the taxonomy.", "What does taxonomy mean?", "Tell me about the taxonomy."], "A taxonomy is a folder of files with questions and answers that say what a model should learn."),
        (["What is a token?", "Explain tokens.", "What does token mean?", "Tell me what a token is."], "A token is a piece of text, often a word or a part of one, that a model reads and writes."),
        (["Is ilab free?", "What does ilab cost?", "Do I have to pay for ilab?"], "ilab is free software, and it runs on your own machine."),
        (["Do I need the internet?", "Does ilab work offline?", "Can I use ilab without a network?"], "Only downloads need the internet; everything else works offline."),
        (["Do I need a graphics card?", "Does ilab need a GPU?", "Can I use ilab without a GPU?"], "No, ilab works on the processor alone, and it uses a graphics card when there is one."),
    ];

    public static IEnumerable<Exchange> Exchanges()
    {
        foreach (var (wish, command, also) in All)
        {
            yield return new Exchange(Questions.Fill(Questions.HowTo, wish), $"Use the command: {command}. {also}", $"{command}");
        }

        foreach (var (questions, answer) in About)
        {
            yield return new Exchange(questions, answer);
        }
    }
}
