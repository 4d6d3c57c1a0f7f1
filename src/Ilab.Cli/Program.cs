using Ilab.Cli.Hosting;

return await CliProgram.MainAsync(args);
