using Ilab.Cli.CommandLine;

return await CliProgram.MainAsync(args);
