using System.CommandLine;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.CommandLine;

/// <summary>A verb: its name, then its aliases, and how its command is made.</summary>
internal sealed record Verb(string Names, Func<Session, Command> Create)
{
    public string Name => Names.Split(' ')[0];

    public IEnumerable<string> Aliases => Names.Split(' ').Skip(1);

    public bool Answers(string word) => Names.Split(' ').Contains(word);

    public Command Build(Session session)
    {
        var command = Create(session);
        foreach (var alias in Aliases)
        {
            command.Aliases.Add(alias);
        }

        return command;
    }
}

/// <summary>A noun: its name, then its aliases, what it is about, and its verbs in the order of help.</summary>
internal sealed record Noun(string Names, string Description, IReadOnlyList<Verb> Verbs)
{
    public string Name => Names.Split(' ')[0];

    public bool Answers(string word) => Names.Split(' ').Contains(word);

    /// <param name="session">The surroundings of the command.</param>
    /// <param name="withVerbs">False leaves the verbs out: the command line is about another noun.</param>
    /// <param name="verb">Builds this verb only, if it is one; else all.</param>
    public Command Build(Session session, bool withVerbs, string? verb)
    {
        var command = new Command(Name, Description);
        foreach (var alias in Names.Split(' ').Skip(1))
        {
            command.Aliases.Add(alias);
        }

        if (withVerbs)
        {
            var only = verb is null ? null : Verbs.FirstOrDefault(candidate => candidate.Answers(verb));
            foreach (var built in only is null ? Verbs : [only])
            {
                command.Subcommands.Add(built.Build(session));
            }
        }

        command.SetAction(
            async (_, _) =>
            {
                await session.SayAsync(
                    $"Error: 'ilab {Name}' needs a verb: {string.Join(
                    ", ", Verbs.Where(static known => known.Name != "dial-stdio").Select(static known => known.Name))}; see 'ilab {Name} --help'"
                );
                return UsageErrors.ExitCode;
            }
        );
        return command;
    }
}
